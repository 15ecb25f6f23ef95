"""Server configuration of the Binder image: open the first tutorial, and answer small messages at once.

Without TCP_NODELAY on the kernel's websocket each small reply waits about 40 ms for the browser's acknowledgement of
the one before, which a viewer that asks for tiles feels. jupyter_server has no option for it.
"""

from functools import wraps
from typing import Any

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - given by traitlets

# Where one comes to without a path in the address.
c.ServerApp.default_url = c.LabApp.default_url = "/lab/tree/notebooks/01-look.ipynb"
# The tutorials' kernels end when nobody has used them for half an hour: the machine has 2 GB.
c.MappingKernelManager.cull_idle_timeout = 1800
c.MappingKernelManager.cull_connected = False

_open = KernelWebsocketHandler.open


@wraps(_open)
async def open_without_delay(self: KernelWebsocketHandler, kernel_id: str) -> Any:
    """Open the kernel's websocket as ever, with Nagle's algorithm off."""
    self.set_nodelay(True)
    return await _open(self, kernel_id)


KernelWebsocketHandler.open = open_without_delay
