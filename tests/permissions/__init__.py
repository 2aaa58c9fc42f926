"""Every permission of every role: that the stack works with what it has, and that something fails without each."""
