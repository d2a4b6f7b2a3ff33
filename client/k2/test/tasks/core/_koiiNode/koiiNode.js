throw new Error("this file talks to K2's node: it must not be loaded");
