//! Runs of a module.

use crate::{
    guest::{Guest, MachineError, Outside, Stop, Talk},
    module::Module,
    name::Limits,
};
use std::{cell::RefCell, rc::Rc};
use wasmtime::{Store, Trap, UnknownImportError};

/// What became of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The lines that it wrote, with their ends.
    pub(crate) lines: Vec<Vec<u8>>,
    /// Units of fuel that it used.
    pub(crate) fuel: u64,
    /// Why it said no more.
    pub(crate) end: String,
}

/// Runs `module` on `input`.
pub(crate) fn run(
    module: &Module,
    limits: Limits,
    input: Vec<u8>,
    talk: Talk,
    outside: Rc<RefCell<dyn Outside>>,
) -> Result<Ran, MachineError> {
    // Work is limited by time: its cycle's submission window.
    let fuel = match talk {
        Talk::Alone(_) => limits.fuel,
        Talk::WithNode(_) => u64::MAX,
    };
    let guest = Guest::new(input, limits.memory, talk, outside)?;
    let mut store = Store::new(module.engine(), guest);
    store.limiter(Guest::limiter);
    let machine = |error: wasmtime::Error| MachineError(format!("{error:#}"));
    store.set_fuel(fuel).map_err(machine)?;
    let ended = module.ready().instantiate(&mut store).and_then(|instance| {
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        start.call(&mut store, ())
    });
    let used = fuel.saturating_sub(store.get_fuel().map_err(machine)?);
    let was_refused = store.data().was_refused();
    let lines = store.into_data().into_lines()?;
    let end = match ended {
        Ok(()) => "it ended".to_owned(),
        Err(error) if error.is::<Stop>() || error.is::<Trap>() => error.root_cause().to_string(),
        // Its first memory or table is larger than it may have, or it called what no logic has.
        Err(error) if was_refused || error.is::<UnknownImportError>() => format!("{error:#}"),
        // The machine did not give what the run may have: no verdict follows from that.
        Err(error) => return Err(machine(error)),
    };
    Ok(Ran {
        lines,
        fuel: used,
        end,
    })
}
