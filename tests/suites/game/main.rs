//! The game as nodes play it: runners that are interrupted anywhere, whole simulations, and the two
//! builds of the program side by side.

mod differential;
mod runner;
mod simulation;
