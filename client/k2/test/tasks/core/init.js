const EXPRESS_PORT = process.argv[4];
throw new Error(`this file listens at port ${EXPRESS_PORT} of K2's node: it must not be loaded`);
