//! Every page: without an error, without another host, at every width, legible in light and dark.

use super::{
    chrome::Chrome,
    stage::{Stage, at_two_stages},
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A phone and a desk.
const SIZES: [(u32, u32); 2] = [(390, 844), (1_440, 900)];
const SCHEMES: [&str; 2] = ["light", "dark"];
/// Returns every text whose contrast with what is behind it is less than AA asks for, and how many texts there are.
const CONTRAST: &str = include_str!("contrast.js");

/// Fails if the page's console has an error, which a refusal of its Content-Security-Policy is too.
fn assert_calm(chrome: &Chrome, path: &str) -> Result<()> {
    let lines = chrome.log("browser")?;
    let errors: Vec<&Value> = lines
        .iter()
        .filter(|line| line["level"] != "INFO" && line["level"] != "DEBUG")
        .collect();
    ensure!(errors.is_empty(), "{path}: {errors:?}");
    Ok(())
}

/// Every address that the browser asked for since the last call.
fn asked_for(chrome: &Chrome) -> Result<Vec<String>> {
    let mut urls = Vec::new();
    for line in chrome.log("performance")? {
        let text = line["message"].as_str().context("a line without a text")?;
        let event: Value = serde_json::from_str(text)?;
        let event = &event["message"];
        if event["method"] == "Network.requestWillBeSent" {
            let url = event["params"]["request"]["url"].as_str();
            urls.push(url.context("a request without an address")?.to_owned());
        }
    }
    Ok(urls)
}

#[test]
fn every_page_opens_without_an_error_and_asks_no_other_host() -> Result<()> {
    at_two_stages(|stage, path| {
        stage.open(path)?;
        let content = "document.querySelector('#content h1').textContent.length > 3";
        stage.chrome.until(content)?;
        assert_calm(&stage.chrome, path)?;
        let urls = asked_for(&stage.chrome)?;
        let own = format!("{}/", stage.url());
        // The page, its style and its script at least.
        let asked = urls.iter().filter(|url| url.starts_with(&own)).count();
        ensure!(asked >= 3, "{path}: {urls:?}");
        let foreign: Vec<&String> = urls
            .iter()
            .filter(|url| !url.starts_with(&own) && *url != "data:,")
            .collect();
        ensure!(foreign.is_empty(), "{path}: {foreign:?}");
        Ok(())
    })
}

#[test]
fn no_page_is_wider_than_the_window() -> Result<()> {
    at_two_stages(|stage, path| {
        for size in SIZES {
            stage.chrome.look(size, "light")?;
            stage.open(path)?;
            let script = "return document.scrollingElement.scrollWidth";
            let width = stage.chrome.run(script, Vec::new())?;
            ensure!(
                width == size.0,
                "{path} is {width} wide in a window of {size:?}"
            );
        }
        Ok(())
    })
}

#[test]
fn every_text_is_legible_in_light_and_dark() -> Result<()> {
    at_two_stages(|stage, path| {
        for size in SIZES {
            for scheme in SCHEMES {
                stage.chrome.look(size, scheme)?;
                stage.open(path)?;
                assert_legible(stage, &format!("{path} in {scheme} at {size:?}"))?;
            }
        }
        Ok(())
    })
}

fn assert_legible(stage: &Stage, what: &str) -> Result<()> {
    let told = stage.chrome.run(CONTRAST, Vec::new())?;
    let texts = told["texts"].as_u64().unwrap_or_default();
    ensure!(texts >= 12, "{what}: {texts} texts were found");
    let faint = told["faint"].as_array().context("a list")?;
    ensure!(faint.is_empty(), "{what}: {faint:#?}");
    Ok(())
}

#[test]
fn the_script_that_measures_contrast_finds_a_faint_text() -> Result<()> {
    let chrome = Chrome::start()?;
    // Grey on white has 3.0 to 1, on black 7.1 to 1; half a black on white is a grey of 3.9 to 1.
    chrome.open(
        "data:text/html,<body style='background:white'><p style='color:%23949494'>faint</p>\
         <p style='background:black;color:%23949494'>plain</p>\
         <p style='opacity:.5;color:black'>half</p>\
         <p style='color:%23949494;font-size:32px'>large</p>\
         <svg width=99 height=30><rect width=99 height=30 fill='black'/><text y=20 fill='%23333'>drawn</text></svg>",
    )?;
    let told = chrome.run(CONTRAST, Vec::new())?;
    let faint = told["faint"].as_array().context("a list")?;
    let texts: Vec<&str> = faint
        .iter()
        .filter_map(|one| one["text"].as_str())
        .collect();
    assert_eq!(texts, ["faint", "half", "drawn"], "{told:#}");
    Ok(())
}

#[test]
fn the_system_chooses_between_light_and_dark() -> Result<()> {
    at_two_stages(|stage, path| {
        for (scheme, paper) in SCHEMES
            .iter()
            .zip(["rgb(255, 255, 255)", "rgb(16, 21, 27)"])
        {
            stage.chrome.look((1_440, 900), scheme)?;
            stage.open(path)?;
            let shown = format!("getComputedStyle(document.body).backgroundColor === '{paper}'");
            stage
                .chrome
                .until(&shown)
                .with_context(|| path.to_owned())?;
        }
        Ok(())
    })
}
