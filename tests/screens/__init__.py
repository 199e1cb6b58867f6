"""What the tests of the pages and of the browser share."""
