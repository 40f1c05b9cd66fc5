"""An MCP server over the client, for agents: on stdio (`skiplab mcp`) and at `/mcp` of a lab.

It needs the extra `skiplab[mcp]`, and is imported when it is first used.
"""
