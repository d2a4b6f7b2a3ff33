//! Chromium without a window, driven through its WebDriver program.

#![allow(dead_code, reason = "each user uses a part of it")]

use anyhow::{Context, Result, ensure};
use axum::http::Method;
use fantoccini::{
    Client, ClientBuilder,
    actions::{InputSource, KeyAction, KeyActions},
    wd::{TimeoutConfiguration, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tokio::runtime::Runtime;
use url::{ParseError, Url};

/// How long a page may take until it is as it should be.
const LIMIT: Duration = Duration::from_secs(10);
/// What the WebDriver program prints before its port, once it listens.
const STARTED: &str = "started successfully on port ";

/// The tab key.
pub const TAB: char = '\u{e004}';
/// The enter key.
pub const ENTER: char = '\u{e007}';

/// A browser with one page, which ends with this value.
pub struct Chrome {
    runtime: Runtime,
    client: Client,
    driver: Driver,
}

impl Chrome {
    /// Starts the browser. It finds no host but this one.
    ///
    /// # Errors
    /// Chromium or its WebDriver program is not installed, or does not start.
    pub fn start() -> Result<Self> {
        let driver = Driver::start()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut arguments = vec![
            "--headless",
            "--disable-dev-shm-usage",
            "--force-color-profile=srgb",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ];
        // Chromium does not start as root with its sandbox.
        if rustix::process::geteuid().is_root() {
            arguments.push("--no-sandbox");
        }
        let wanted = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(wanted) = wanted else {
            unreachable!("an object is one");
        };
        let client = runtime.block_on(
            ClientBuilder::new(HttpConnector::new())
                .capabilities(wanted.into_iter().collect())
                .connect(&driver.url),
        );
        let client = client.context("Chromium did not start")?;
        let patience = TimeoutConfiguration::new(Some(LIMIT * 2), Some(LIMIT), None);
        runtime.block_on(client.update_timeouts(patience))?;
        Ok(Self {
            runtime,
            client,
            driver,
        })
    }

    /// Opens the page at `url`, and waits until it has loaded.
    ///
    /// # Errors
    /// The browser's.
    pub fn open(&self, url: &str) -> Result<()> {
        let opened = self.runtime.block_on(self.client.goto(url));
        opened.with_context(|| format!("{url} did not open"))?;
        // On a busy machine the WebDriver program may answer before the page has its style.
        self.until("document.readyState === 'complete'")
    }

    /// What the body of a function, which is `script`, returns in the page; `arguments` has `given`.
    ///
    /// # Errors
    /// What the script throws.
    pub fn run(&self, script: &str, given: Vec<Value>) -> Result<Value> {
        Ok(self.runtime.block_on(self.client.execute(script, given))?)
    }

    /// The same, where the function calls the last of its `arguments` with what it comes to.
    ///
    /// # Errors
    /// What the script throws.
    pub fn run_async(&self, script: &str, given: Vec<Value>) -> Result<Value> {
        let ran = self.client.execute_async(script, given);
        Ok(self.runtime.block_on(ran)?)
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Errors
    /// It does not become true.
    pub fn until(&self, condition: &str) -> Result<()> {
        let script = format!(
            "const [limit, done] = arguments; const end = performance.now() + limit;
             const holds = () => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }};
             const look = () => {{
               if (holds()) done(true);
               else if (performance.now() > end) done(false);
               else requestAnimationFrame(look);
             }};
             look();"
        );
        let limit = u64::try_from(LIMIT.as_millis())?;
        let held = self.run_async(&script, vec![limit.into()])?;
        ensure!(held == true, "not true within {LIMIT:?}: {condition}");
        Ok(())
    }

    /// Asks the browser itself: a command of the Chrome DevTools Protocol.
    ///
    /// # Errors
    /// The browser's.
    pub fn command(&self, name: &'static str, parameters: Value) -> Result<Value> {
        self.ask(
            "goog/cdp/execute",
            json!({ "cmd": name, "params": parameters }),
        )
    }

    /// The lines of a log that were not taken yet: `browser` is the console, `performance` what was loaded.
    ///
    /// # Errors
    /// The browser's.
    pub fn log(&self, name: &'static str) -> Result<Vec<Value>> {
        let lines = self.ask("se/log", json!({ "type": name }))?;
        Ok(lines.as_array().cloned().unwrap_or_default())
    }

    /// Presses a key.
    ///
    /// # Errors
    /// The browser's.
    pub fn press(&self, value: char) -> Result<()> {
        let keys = KeyActions::new("keys".into())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        Ok(self.runtime.block_on(self.client.perform_actions(keys))?)
    }

    /// A page of so many pixels, in light or dark.
    ///
    /// # Errors
    /// The browser's.
    pub fn look(&self, (width, height): (u32, u32), scheme: &str) -> Result<()> {
        self.command(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )?;
        // A phone's bars take no room, and what scrolls smoothly is not there yet when it is looked at.
        self.command("Emulation.setScrollbarsHidden", json!({ "hidden": true }))?;
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )?;
        Ok(())
    }

    fn ask(&self, path: &'static str, body: Value) -> Result<Value> {
        let asked = self.client.issue_cmd(Ask { path, body });
        Ok(self.runtime.block_on(asked)?)
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // The driver, which ends next, does not end the browser.
        let _ended = self.runtime.block_on(self.client.clone().close());
    }
}

/// A command that the WebDriver standard does not have.
#[derive(Debug)]
struct Ask {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Ask {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// The WebDriver program.
struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    fn start() -> Result<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver is not installed: apt-get install chromium chromium-driver")?;
        let printed = process.stdout.take();
        let mut driver = Self {
            process,
            url: String::new(),
        };
        let mut lines = BufReader::new(printed.context("chromedriver prints nothing")?).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once(STARTED)?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.context("chromedriver did not say its port")?;
        driver.url = format!("http://127.0.0.1:{port}");
        // What it prints later is read and dropped: otherwise it would wait for a reader one day.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}
