"""What is asked, step by step: request → parsed tree → analysed tree. No engine, no HTTP."""
