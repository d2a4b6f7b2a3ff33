//! Every page without a mouse.

use super::{
    chrome::{ENTER, TAB},
    stage::at_two_stages,
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Numbers everything that the keyboard should reach, in the order of the page, and returns how much that is.
const NUMBER: &str =
    "const all = document.querySelectorAll('a[href], button, input, summary, [tabindex]');
    const seen = [...all].filter((one) => one.checkVisibility());
    seen.forEach((one, number) => { one.dataset.number = number; });
    return seen.length;";
/// The number of what has the focus, whether it is marked, and whether it is in sight.
const FOCUSED: &str = "const one = document.activeElement, box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    return {
      number: Number(one.dataset.number ?? -1),
      isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      isInSight: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      html: one.outerHTML.slice(0, 120),
    };";

#[test]
fn the_keyboard_reaches_everything_in_its_order_and_shows_where_it_is() -> Result<()> {
    at_two_stages(|stage, path| {
        let chrome = &stage.chrome;
        chrome.look((1_440, 900), "light")?;
        stage.open(path)?;
        let count = chrome.run(NUMBER, Vec::new())?;
        let count = count.as_u64().context("a number")?;
        ensure!(count >= 4, "{path}: {count} things to reach");
        for number in 0..count {
            chrome.press(TAB)?;
            chrome
                .until(&format!(
                    "document.activeElement.dataset.number === '{number}'"
                ))
                .with_context(|| format!("{path}: {number} comes next"))?;
            let at: Value = chrome.run(FOCUSED, Vec::new())?;
            ensure!(
                at["number"] == number,
                "{path}: {number} comes next, not {at}"
            );
            ensure!(at["isMarked"] == true, "{path}: no mark on {at}");
            ensure!(at["isInSight"] == true, "{path}: out of sight: {at}");
        }
        Ok(())
    })
}

#[test]
fn the_first_link_skips_to_the_content() -> Result<()> {
    at_two_stages(|stage, path| {
        let chrome = &stage.chrome;
        stage.open(path)?;
        chrome.press(TAB)?;
        chrome
            .until("document.activeElement.textContent === 'Skip to the content'")
            .with_context(|| path.to_owned())?;
        chrome.press(ENTER)?;
        chrome.until("location.hash === '#content'")?;
        chrome.press(TAB)?;
        chrome
            .until("document.getElementById('content').contains(document.activeElement)")
            .with_context(|| path.to_owned())?;
        Ok(())
    })
}
