//! Texts of strangers in a browser.

use super::{kept::Kept, play, stage::Stage};
use anyhow::{Context, Result, ensure};

#[test]
fn a_name_that_is_a_script_does_nothing() -> Result<()> {
    let (world, task) = play::hostile();
    let kept = Kept::default();
    let mut stage = Stage::of(&world, &kept)?;
    stage.want(task);
    let node = world.nodes[0].pubkey();
    for path in [
        "/".to_owned(),
        "/?search=%3Cscript%3Ez()%3C/script%3E".to_owned(),
        format!("/task/{task}"),
        format!("/task/{task}/nodes"),
        format!("/task/{task}/node/{node}"),
        format!("/task/{task}/cycle/1"),
        format!("/task/{task}/books"),
    ] {
        stage.chrome.look((390, 844), "light")?;
        stage.open(&path)?;
        // A dialog would fail every later command, and a script or an image of theirs would be in the page.
        let script = "return {
            foreign: document.querySelectorAll('script:not([src=\"/assets/live.js\"]), img, [onerror], [style]').length,
            hidden: [...document.body.innerText].filter((letter) => /[\\u0000-\\u0009\\u001b\\u202a-\\u202e]/.test(letter)
              && letter !== '\\t').length,
            links: [...document.links].filter((link) => !/^https?:$/.test(link.protocol)).length,
            width: document.scrollingElement.scrollWidth,
          }";
        let found = stage.chrome.run(script, Vec::new())?;
        for fault in ["foreign", "hidden", "links"] {
            ensure!(found[fault] == 0, "{path}: {found}");
        }
        ensure!(found["width"] == 390, "{path}: {found}");
        let lines = stage.chrome.log("browser")?;
        ensure!(lines.is_empty(), "{path}: {lines:?}");
    }
    stage.open(&format!("/task/{task}"))?;
    let title = stage.chrome.run(
        "return document.querySelector('h1').textContent",
        Vec::new(),
    )?;
    assert_eq!(title.as_str().context("a text")?, "<script>x()</script>[2J");
    Ok(())
}
