//! What a visitor sees without doing anything, and what stays as the visitor left it.

use super::{kept::Kept, play, stage::Stage};
use anyhow::{Context, Result, ensure};
use gradual_consensus_testkit::{
    World,
    suite::stages::{CYCLE, EVERYBODY, FIRST_ATTEMPT},
};
use serde_json::json;
use solana_sdk::pubkey::Pubkey;

/// Lets tests see the page's source of events: the page tells nobody when it listens.
const WATCHED: &str = "const Own = EventSource;
    window.EventSource = class extends Own { constructor(url) { super(url); window.source = this; } };";

/// Opens the page at `path`, and waits until it is told of changes.
fn open_and_listen(stage: &Stage, path: &str) -> Result<()> {
    let watched = json!({ "source": WATCHED });
    let command = "Page.addScriptToEvaluateOnNewDocument";
    stage.chrome.command(command, watched)?;
    stage.open(path)?;
    stage
        .chrome
        .until("window.source.readyState === EventSource.OPEN")
}

/// What the lanes' description says of cycle 1.
fn lane_says(stage: &str) -> String {
    format!(
        "document.querySelector('#glance .lanes.wide desc').textContent.includes('Cycle {CYCLE}: {stage}.')"
    )
}

#[test]
fn a_stage_changes_without_a_reload() -> Result<()> {
    let (world, kept) = (play::active(), Kept::default());
    let mut stage = Stage::of(&world, &kept)?;
    open_and_listen(&stage, &stage.of_task(""))?;
    let script = "window.mark = 1; document.querySelector('#glance details').open = true;";
    stage.chrome.run(script, Vec::new())?;
    stage.chrome.until(&lane_says("review"))?;
    for node in EVERYBODY {
        kept.keep(world.submit(node, CYCLE, b"proof"));
    }
    world.warp_to_round(FIRST_ATTEMPT);
    stage.look();
    stage.chrome.until(&lane_says("list"))?;
    let slot = world.slot();
    for shown in [
        format!("document.getElementById('slot').textContent.includes('slot {slot}')"),
        format!(
            "document.querySelector('.lanes.wide text.now').textContent === 'now: slot {slot}'"
        ),
        // The row of cycle 1 in the table has its four submissions.
        format!(
            "document.querySelector('#cycles tbody').textContent.includes('cycle {CYCLE}list4')"
        ),
        "window.mark === 1".into(),
        "document.querySelector('#glance details').open".into(),
    ] {
        stage.chrome.until(&shown)?;
    }
    Ok(())
}

/// Moves time on by a slot, and waits until the page has it.
fn move_on(stage: &mut Stage, world: &World) -> Result<()> {
    world.warp_to(world.slot() + 1);
    stage.look();
    let told = "document.getElementById('slot').textContent.includes";
    stage
        .chrome
        .until(&format!("{told}('slot {}')", world.slot()))
}

#[test]
fn a_change_leaves_the_keyboard_where_it_is() -> Result<()> {
    let (world, kept) = (play::active(), Kept::default());
    play::challenge(&world, &kept);
    let mut stage = Stage::of(&world, &kept)?;
    open_and_listen(&stage, &stage.of_task(""))?;
    // A link in the picture, one in a table, what opens a table, and a table that scrolls.
    for focused in [
        "#glance .lanes.wide a",
        "#glance td a",
        "#glance summary",
        "#glance > .scroll",
    ] {
        let script = format!(
            "window.before = document.querySelector('{focused}'); window.before.focus();
             return document.activeElement === window.before;"
        );
        ensure!(stage.chrome.run(&script, Vec::new())? == true, "{focused}");
        move_on(&mut stage, &world)?;
        stage
            .chrome
            .until(&format!(
                "!window.before.isConnected && document.activeElement === document.querySelector('{focused}')"
            ))
            .with_context(|| focused.to_owned())?;
        let slot = world.slot();
        let now = format!(
            "document.querySelector('.lanes.wide text.now').textContent === 'now: slot {slot}'"
        );
        stage
            .chrome
            .until(&now)
            .with_context(|| focused.to_owned())?;
    }
    Ok(())
}

#[test]
fn a_row_that_comes_before_it_does_not_move_the_keyboard() -> Result<()> {
    let (world, kept) = (play::active(), Kept::default());
    play::challenge(&world, &kept);
    let mut stage = Stage::of(&world, &kept)?;
    open_and_listen(&stage, &stage.of_task(""))?;
    let link = |address: Pubkey| format!("#audits a[href$=\"{address}\"]");
    let own = link(world.submission_address(3, CYCLE));
    let script = format!("document.querySelector('{own}').focus()");
    stage.chrome.run(&script, Vec::new())?;
    let other = world.submission_address(0, CYCLE);
    kept.keep(world.audit(1, other, false));
    move_on(&mut stage, &world)?;
    stage.chrome.until(&format!(
        "document.querySelector('{}') && document.activeElement === document.querySelector('{own}')",
        link(other)
    ))
}

#[test]
fn an_address_is_copied_by_its_button() -> Result<()> {
    let (world, kept) = (play::active(), Kept::default());
    let stage = Stage::of(&world, &kept)?;
    let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
    let granted = json!({ "origin": stage.url(), "permissions": permissions });
    stage.chrome.command("Browser.grantPermissions", granted)?;
    let node = world.nodes[3].pubkey();
    stage.open(&stage.of_task(&format!("/node/{node}")))?;
    stage.chrome.run(
        "document.querySelector('h2 button.copy').click()",
        Vec::new(),
    )?;
    stage
        .chrome
        .until("document.querySelector('h2 button.copy').textContent === 'copied'")?;
    let read = "navigator.clipboard.readText().then(arguments[arguments.length - 1])";
    assert_eq!(stage.chrome.run_async(read, Vec::new())?, node.to_string());
    Ok(())
}
