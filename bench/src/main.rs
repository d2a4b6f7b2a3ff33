mod case; mod cycle; mod growth; mod sample; mod search; mod stack; mod vm; mod world;
fn main() -> anyhow::Result<()> { 
 let t = std::time::Instant::now();
 let b = std::fs::read("target/deploy/gradual_consensus.so")?;
 println!("largest {}", stack::largest_frame(&b)?);
 let (sizes, single) = growth::measure(&b)?;
 for s in sizes.iter().map(|x| &x.1).chain([&single]) {
 for (c, s) in s {
   let u = sample::Spread::of(s.iter().map(|s| s.units));
   let b = sample::Spread::of(s.iter().map(|s| s.base()));
   println!("{c:?} {} {u:?} base {b:?}", s.len());
 }}
 eprintln!("{:?}", t.elapsed());
 let mut w = world::World::new(vm::Vm::new(&b)?, 32)?;
 eprintln!("{:?}", t.elapsed());
 cycle::play(&mut w, 2)?;
 eprintln!("{:?}", t.elapsed());
 Ok(()) }
