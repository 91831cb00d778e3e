"""Every statement on the tables of the books: `engine` makes transfers and reads the whole, `reading` one account."""
