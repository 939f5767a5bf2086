"""An app that only tests install: its job leaves one object for each subject and a line for each start."""
