"""What one page is made of: its charts, tables and forms, a module a page; what several share stands above."""
