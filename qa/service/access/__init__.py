"""Who may do what: the file of users, the user who asks, and the collections as this user sees them."""
