"""Attempts to get out of the sandbox, as data: a name, and a body that gives something true when it got out.

`SECRET` is a file the server can read, `KEY` a part of what it holds. A body that is killed, or raises, has failed.
"""

ATTEMPTS = {
    # files
    "read_passwd": "return open('/etc/passwd').read()",
    "read_shadow": "return open('/etc/shadow').read()",
    "read_data_directory": "return open(SECRET).read()",
    "list_data_directory": "import os; return os.listdir(os.path.dirname(SECRET))",
    "walk_for_keys": (
        "import os; return [n for _, _, names in os.walk('/') "
        "for n in names if n.endswith('.key') or n == 'openbell.db']"
    ),
    "read_home": "import os; return os.listdir('/root') or os.listdir('/home')",
    "climb_up": "return open('../../../../../..' + SECRET).read()",
    "symlink": "import os; os.symlink(SECRET, '/tmp/s'); return open('/tmp/s').read()",
    "hard_link": "import os; os.link(SECRET, '/tmp/h'); return open('/tmp/h').read()",
    "third_party_code": "import msgspec; return msgspec.__file__",
    "our_code": "import openbell.config; return openbell.config.__file__",
    # writing outside
    "write_root": "open('/pwned', 'w').write('x'); return True",
    "write_library": "import os; open(os.__file__, 'a').write('x'); return True",
    "write_runner": "open('/sandbox/runner.py', 'a').write('x'); return True",
    "write_usr": "open('/usr/lib/pwned', 'w').write('x'); return True",
    "make_device": "import os; os.mknod('/tmp/d', 0o60666, os.makedev(254, 0)); return True",
    "chroot": "import os; os.chroot('/tmp'); return True",
    # environment and processes
    "environment": "import os; return [k for k in os.environ if k not in ('PWD', 'LC_CTYPE')]",
    "parent_environment": "return open('/proc/1/environ').read() or open('/proc/self/environ').read()",
    "proc": "import os; return os.listdir('/proc')",
    "sys": "import os; return os.listdir('/sys')",
    "signal_parent": "import os; os.kill(os.getppid() or 1, 0); return True",
    "signal_all": "import os; os.kill(-1, 9); return True",
    "ptrace": "return libc.ptrace(16, 1, 0, 0) == 0",
    "read_others_memory": "return libc.process_vm_readv(1, 0, 0, 0, 0, 0) == 0",
    "run_a_shell": "import subprocess; return subprocess.check_output(['/bin/sh', '-c', 'id'])",
    "exec_python": "import os; os.execv('/sandbox/bin/python', ['python', '-c', 'pass']); return True",
    "fork": "import os; return os.fork() or True",
    "thread": "import _thread; _thread.start_new_thread(print, ()); return True",
    # network
    "internet_socket": "import _socket; return _socket.socket(2, 1)",
    "unix_socket": "import _socket; return _socket.socket(1, 1)",
    "netlink_socket": "import _socket; return _socket.socket(16, 3)",
    "listen": "import socket; return socket.create_server(('127.0.0.1', 0))",
    # the kernel, by way of ctypes
    "become_root": "return libc.setuid(0) == 0 and libc.getuid() == 0",
    "new_namespace": "return libc.unshare(0x10000000) == 0",
    "mount": "return libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
    "raw_clone": "return libc.syscall(56, 17, 0, 0, 0, 0) > 0",
    "raw_open_outside": "return libc.syscall(257, -100, SECRET.encode(), 0) >= 0",
    "io_uring": "return libc.syscall(425, 8, b'0' * 120) >= 0",
    "bpf": "return libc.syscall(321, 0, b'0' * 64, 64) >= 0",
    "key_ring": "return libc.syscall(250, 0, -3, 1) >= 0",
    "perf": "return libc.syscall(298, b'0' * 120, 0, -1, -1, 0) >= 0",
    "lift_filter": "return libc.prctl(22, 0, 0) == 0",
    "raise_limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); return True",
    "thirty_two_bit_call": "return libc.syscall(0x40000000 + 57) > 0",
    "open_descriptors": (
        "import os\n    got = []\n    for n in range(3, 64):\n"
        "        try:\n            got.append(os.fstat(n))\n        except OSError:\n            pass\n    return got"
    ),
    "inner_objects": (
        "import gc\n    return [o for o in gc.get_objects() if type(o) is str and KEY in o and o is not KEY]"
    ),
}

BOMBS = {
    "infinite_loop": "while True: pass",
    "sleep": "import time\n    time.sleep(60)",
    "fork_bomb": (
        "import os\n    while True:\n        try:\n            os.fork()\n        except OSError:\n            pass"
    ),
    "memory_bomb": "kept = []\n    while True: kept.append(bytearray(1 << 20))",
    "disk_bomb": "[open(f'/tmp/{n}', 'wb').write(b'x' * (1 << 20)) for n in range(10_000)]",
    "big_file": "f = open('/tmp/f', 'wb')\n    while True: f.write(b'x' * (1 << 20))",
    "log_bomb": "ctx.lines.extend(['x' * 500] * 1000)",
    "order_bomb": "ctx.actions.extend([{'type': 'cancel_all'}] * 5000)",
    "huge_message": "import os\n    os.write(1, b'\\x7f\\xff\\xff\\xff' + b'x' * 1000)",
    "endless_message": "import os\n    while True: os.write(1, b'\\x00\\x00\\xff\\xff' * 1000)",
    "no_json": "import os\n    os.write(1, b'\\x00\\x00\\x00\\x02{[')",
    "deep_json": "import os\n    os.write(1, b'\\x00\\x00\\xea\\x60' + b'[' * 60_000)",
    "unknown_action": "ctx.actions.append({'type': 'shutdown'})",
    "unknown_field": "ctx.actions.append({'type': 'cancel_all', 'account_id': 'x'})",
    "wrong_type": "ctx.buy('BTC/USD', 1.5)",
    "huge_number": "ctx.buy('BTC/USD', 10 ** 40)",
    "pickle": "import os, pickle\n    os.write(1, b'\\x00\\x00\\x00\\x10' + pickle.dumps(print).ljust(16)[:16])",
    "exit": "import os\n    os._exit(0)",
    "system_exit": "raise SystemExit",
    "crash": "import ctypes\n    ctypes.string_at(0)",
    "recursion": "def f(): return f()\n    f()",
    "error": "raise ValueError('no')",
}
"""What would hurt the server if it were not held; each ends its strategy and nothing else."""


def source_of(body: str, *, secret: str, key: str) -> str:
    """Give a strategy that makes an attempt at its first bar and notes how it went."""
    return f"""
import ctypes
SECRET, KEY = {secret!r}, {key[:1]!r} + {key[1:]!r}
libc = ctypes.CDLL(None)

def attempt(ctx):
    {body}

class Attempt(Strategy):
    def on_bar(self, ctx, bar):
        try:
            got = attempt(ctx)
        except Exception as held:
            got = None
        ctx.log("ESCAPED " + repr(got)[:200] if got else "held")
"""


def bomb_of(body: str) -> str:
    """Give a strategy that does harm at its first bar."""
    return f"class Bomb(Strategy):\n  def on_bar(self, ctx, bar):\n    {body}\n"
