//! What a program says beside its answers, in lines, bounded: a program that says too much is heard less.

use std::time::{Duration, Instant};

/// Longest line that is passed on, in bytes; the rest of it is left out.
const LONGEST: usize = 2_000;
/// Lines that are passed on in one [`SPAN`].
const MOST: u32 = 100;
/// What the lines are counted in.
const SPAN: Duration = Duration::from_secs(10);

/// Cuts what a program says into lines, and passes on no more than [`MOST`] of them in a [`SPAN`].
#[derive(Debug, Default)]
pub(super) struct Chatter {
    /// A line without its end.
    begun: Vec<u8>,
    /// Whether the line that has begun is longer than is passed on.
    is_cut: bool,
    since: Option<Instant>,
    told: u32,
    left_out: u64,
}

impl Chatter {
    /// Passes `bytes` on to `tell`, line by line; what follows the last line feed waits for its end.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Instant, mut tell: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let (text, has_end) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            let room = LONGEST.saturating_sub(self.begun.len());
            self.is_cut |= text.len() > room;
            self.begun
                .extend(text.get(..room.min(text.len())).unwrap_or_default());
            if has_end {
                self.end(now, &mut tell);
            }
        }
    }

    /// Passes on what has no line feed, as the program has ended.
    pub(super) fn finish(&mut self, now: Instant, mut tell: impl FnMut(&str)) {
        if !self.begun.is_empty() {
            self.end(now, &mut tell);
        }
        self.tell_left_out(&mut tell);
    }

    /// Passes on one whole line, unless there were too many.
    pub(super) fn line(&mut self, text: &str, now: Instant, mut tell: impl FnMut(&str)) {
        let is_over = self
            .since
            .is_none_or(|since| now.saturating_duration_since(since) >= SPAN);
        if is_over {
            self.tell_left_out(&mut tell);
            (self.since, self.told) = (Some(now), 0);
        }
        if self.told < MOST {
            self.told = self.told.saturating_add(1);
            tell(text);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    fn end(&mut self, now: Instant, tell: &mut impl FnMut(&str)) {
        let line = std::mem::take(&mut self.begun);
        let cut = if std::mem::take(&mut self.is_cut) {
            " [cut]"
        } else {
            ""
        };
        let text = String::from_utf8_lossy(&line);
        // Nothing that moves the cursor of a terminal reaches the log.
        let text: String = (text.trim_end().chars())
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        self.line(&format!("{text}{cut}"), now, tell);
    }

    fn tell_left_out(&mut self, tell: &mut impl FnMut(&str)) {
        let left_out = std::mem::take(&mut self.left_out);
        if left_out > 0 {
            tell(&format!("{left_out} more lines are left out"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pieces: &[&[u8]]) -> Vec<String> {
        let (mut chatter, mut told, now) = (Chatter::default(), Vec::new(), Instant::now());
        for piece in pieces {
            chatter.hear(piece, now, |line| told.push(line.to_owned()));
        }
        chatter.finish(now, |line| told.push(line.to_owned()));
        told
    }

    #[test]
    fn lines_are_passed_on_whole_however_they_come() {
        assert_eq!(
            heard(&[b"one\ntw", b"o\r\nthr", b"ee"]),
            ["one", "two", "three"]
        );
        assert_eq!(heard(&[b"\x1b[2J\xff!\n"]), [" [2J\u{fffd}!"]);
        assert!(heard(&[]).is_empty());
    }

    #[test]
    fn an_endless_line_is_cut() {
        let long = vec![b'a'; 100_000];
        let told = heard(&[&long, &long, b"\nnext\n"]);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0], format!("{} [cut]", "a".repeat(LONGEST)));
        assert_eq!(told[1], "next");
    }

    #[test]
    fn a_flood_is_counted_and_not_passed_on() {
        let (mut chatter, mut told, now) = (Chatter::default(), Vec::new(), Instant::now());
        let flood = b"x\n".repeat(5_000);
        chatter.hear(&flood, now, |line| told.push(line.to_owned()));
        assert_eq!(told.len(), MOST as usize);
        chatter.hear(b"y\n", now + SPAN, |line| told.push(line.to_owned()));
        assert_eq!(told[MOST as usize..], ["4900 more lines are left out", "y"]);
    }
}
