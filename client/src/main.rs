fn main() {
    #[cfg(feature = "bank")]
    {
        let rt = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        rt.block_on(async {
            let c = solana_program_test::ProgramTest::default()
                .start_with_context()
                .await;
            println!("{}", c.last_blockhash);
        });
    }
}
