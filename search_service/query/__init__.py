"""What is asked, in typed steps: request → parsed tree → analysed tree. Knows no engine, no HTTP."""
