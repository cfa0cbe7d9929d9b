"""Every text of the page and of the endpoints, in Chinese and in English."""
