fn main() {
    let _ = litesvm::LiteSVM::new();
}
