"""What stands between the network and the routes: Host names, request sizes, sign-in, security headers."""
