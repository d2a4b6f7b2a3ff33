//! What a visitor sees without doing anything, and what stays as the visitor left it.

use super::{kept::Kept, play, stage::Stage};
use anyhow::Result;
use gradual_consensus_testkit::suite::stages::{CYCLE, EVERYBODY, FIRST_ATTEMPT};
use serde_json::json;

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

#[test]
fn a_change_leaves_alone_where_the_keyboard_is() -> Result<()> {
    let (world, kept) = (play::active(), Kept::default());
    play::challenge(&world, &kept);
    let mut stage = Stage::of(&world, &kept)?;
    open_and_listen(&stage, &stage.of_task(""))?;
    let script =
        "window.link = document.querySelector('#audits a'); window.link.focus(); window.mark = 1;";
    stage.chrome.run(script, Vec::new())?;
    world.warp_to(world.slot() + 1);
    stage.look();
    let slot = world.slot();
    let told = format!("document.getElementById('slot').textContent.includes('slot {slot}')");
    stage.chrome.until(&told)?;
    stage
        .chrome
        .until("document.activeElement === window.link && window.link.isConnected")
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
