#!/usr/bin/python3
"""The Debian package, installed into a scratch root, run from there, upgraded, removed and purged.

deb_test.py --binary=PATH --build=PATH [unittest options]

Nothing is installed on this machine: dpkg has a database of its own in the scratch root, and the maintainer scripts
work there (DPKG_ROOT). Whoever is not root needs fakeroot.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import boto3

from running import Hub, run

BUILD = next(a.split("=", 1)[1] for a in sys.argv if a.startswith("--build="))
sys.argv = [a for a in sys.argv if not a.startswith("--build=")]
HARDENED = pathlib.Path(__file__).resolve().parent / "hardened.py"
UNIT = "lib/systemd/system/penstock.service"
CONFFILE = "etc/penstock/hub.yaml"
IS_ROOT = os.geteuid() == 0


def output(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def setUpModule():
    global WORK, DEB
    WORK = pathlib.Path(tempfile.mkdtemp(prefix="penstock-deb-"))
    unittest.addModuleCleanup(shutil.rmtree, WORK)
    WORK.chmod(0o755)  # The service's user has to get to what is installed below.
    output("cpack", "-G", "DEB", "-B", WORK / "package", cwd=BUILD)
    [DEB] = (WORK / "package").glob("*.deb")


class Root:
    """A root folder with a dpkg of its own."""

    def __init__(self, name):
        self.path = WORK / name
        (self.path / "var/lib/dpkg/info").mkdir(parents=True)
        (self.path / "var/lib/dpkg/updates").mkdir()
        (self.path / "var/lib/dpkg/status").touch()
        self.tools = WORK / f"{name}-tools"
        self.tools.mkdir()
        self.calls = self.tools / "calls"
        for tool in ("systemctl", "deb-systemd-invoke"):  # What would touch this machine, not the scratch root.
            (self.tools / tool).write_text(f'#!/bin/sh\necho "{tool} $*" >>{self.calls}\n', encoding="utf-8")
            (self.tools / tool).chmod(0o755)

    def dpkg(self, *arguments):
        """Everything that it says, maintainer scripts included."""
        command = ["dpkg", f"--root={self.path}", f"--log={self.path}/var/log-of-dpkg", "--force-depends",
                   "--force-confold", "--force-script-chrootless", "--force-not-root", *map(str, arguments)]
        if not IS_ROOT:
            owners = WORK / f"{self.path.name}-owners"  # What fakeroot makes believe, from one call to the next.
            owners.touch()
            command = ["fakeroot", "-i", str(owners), "-s", str(owners), *command]
        return output(*command, env={**os.environ, "PATH": f"{self.tools}:/usr/sbin:/usr/bin:/sbin:/bin"})

    def user(self):
        """(uid, gid) of the service."""
        [entry] = [line.split(":") for line in (self.path / "etc/passwd").read_text("utf-8").splitlines()
                   if line.startswith("penstock:")]
        return int(entry[2]), int(entry[3])


class InstalledHub(Hub):
    """The program of a root folder, with its configuration and its data, under the restrictions of its unit."""

    def __init__(self, root):
        super().__init__("")
        self.root = root
        self.config = root.path / CONFFILE
        self.data = root.path / "var/lib/penstock"
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if IS_ROOT:
            os.chown(self.data, *root.user())

    def start_only(self):
        user = ["--as={}:{}".format(*self.root.user())] if IS_ROOT else []
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-B", HARDENED, self.root.path / UNIT, *user, self.root.path / "usr/bin/penstock",
                 "serve", "--config", self.config, "--data", self.data],
                stdout=subprocess.PIPE, stderr=log)


def as_administrator(text, password_hash):
    """The shipped configuration after what its comments propose: HTTP, the example with a password; and any port."""
    before, example = text.split("# accounts:\n")
    accounts = "accounts:\n" + re.sub(r"^# ?", "", example, flags=re.MULTILINE)
    before = before.replace("  # http: {", "  http: {").replace(":5566", ":0").replace(":4566", ":0")
    return before + accounts.replace("HASH", password_hash)


class PackageTest(unittest.TestCase):
    def field(self, name):
        return output("dpkg-deb", "-f", DEB, name).strip()

    def contents(self):
        """{path: (mode, owner)}"""
        lines = output("dpkg-deb", "-c", DEB).splitlines()
        return {line.split()[5].removeprefix("./"): (line.split()[0], line.split()[1]) for line in lines}

    def test_version_is_the_one_that_the_program_tells(self):
        self.assertEqual(self.field("Version"), run("--version")[1].strip())
        self.assertEqual(self.field("Package"), "penstock")
        self.assertEqual(self.field("Architecture"), output("dpkg", "--print-architecture").strip())

    def test_packages_of_all_libraries_are_dependencies(self):
        dependencies = {word.split()[0] for word in re.split(r"[,|]", self.field("Depends"))}
        self.assertIn("systemd", dependencies)
        listed = output("ldd", os.path.join(BUILD, "hub/penstock"))
        needed = set(re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", os.path.join(BUILD, "hub/penstock"))))
        for library in needed:
            found = re.search(rf"{re.escape(library)} => (\S+)", listed)
            if not found:
                continue  # The loader itself, which comes with libc6.
            with self.subTest(library):
                listed_owners = output("dpkg", "-S", "*/" + os.path.basename(os.path.realpath(found.group(1))))
                owners = {line.split(":")[0] for line in listed_owners.splitlines()}
                names = output("dpkg-query", "-W", "-f", "${Package},${Provides},", *owners).split(",")
                self.assertTrue(dependencies & {name.split()[0] for name in names if name.strip()}, names)

    def test_files_are_where_debian_has_them_and_belong_to_root(self):
        contents = self.contents()
        self.assertEqual({owner for _, owner in contents.values()}, {"root/root"})
        files = {path: mode for path, (mode, _) in contents.items() if not path.endswith("/")}
        self.assertEqual(files, {
            "usr/bin/penstock": "-rwxr-xr-x",
            CONFFILE: "-rw-r-----",
            UNIT: "-rw-r--r--",
            "usr/lib/sysusers.d/penstock.conf": "-rw-r--r--",
            **{f"usr/share/doc/penstock/{name}": "-rw-r--r--" for name in (
                "README.md", "adapters/aws/MIGRATING.md", "adapters/aws/README.md", "adapters/ops/README.md",
                "adapters/push/README.md", "adapters/zmq/README.md", "config/README.md", "configuration.md",
                "examples/README.md", "examples/hub.yaml")}})
        self.assertEqual({mode for mode, _ in contents.values() if mode.startswith("d")}, {"drwxr-xr-x"})

    def test_links_of_the_pages_lead_to_what_is_installed(self):
        root = WORK / "pages"
        output("dpkg-deb", "-x", DEB, root)
        docs = root / "usr/share/doc/penstock"
        checked = 0
        for page in docs.rglob("*.md"):
            text = page.read_text("utf-8")
            links = [page.parent / link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
            links += [docs / name for name in re.findall(r"`([\w./-]+/[\w.-]+\.md)`", text)]  # As seen from the top.
            for link in links:
                with self.subTest(page=page.relative_to(docs), link=link):
                    self.assertTrue(link.is_file())
            checked += len(links)
        self.assertGreater(checked, 0)

    def test_administrators_own_the_configuration(self):
        self.assertEqual(output("dpkg-deb", "--info", DEB, "conffiles").split(), ["/" + CONFFILE])


class UnitTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = WORK / "unit"
        output("dpkg-deb", "-x", DEB, cls.root)
        for target in pathlib.Path("/lib/systemd/system").glob("*.target"):
            shutil.copy(target, cls.root / "lib/systemd/system")
        (cls.root / "bin").mkdir(exist_ok=True)
        shutil.copy("/bin/kill", cls.root / "bin")

    def test_systemd_has_nothing_to_say_about_it(self):
        self.assertEqual(output("systemd-analyze", "verify", "--man=no", f"--root={self.root}", "penstock.service"), "")

    def test_it_exposes_little(self):
        """1.2 of 10 is what remains for a program that listens on the network; 1.5 leaves room for another systemd."""
        output("systemd-analyze", "security", "--no-pager", "--offline=true", f"--root={self.root}", "--threshold=15",
               "penstock.service")

    def test_restrictions_hold_in_these_tests(self):
        for what, attempt in (("another family of addresses", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
                              ("memory to write and execute", "mmap.mmap(-1, 4096, prot=7)"),
                              ("a namespace", "ctypes.CDLL(None).unshare(0x10000000) and exit('refused')"),
                              ("a privileged call", "os.chroot('/')")):
            with self.subTest(what):
                done = subprocess.run(["/usr/bin/python3", "-B", HARDENED, self.root / UNIT, "/usr/bin/python3", "-c",
                                       "import ctypes, mmap, os, socket\n" + attempt], capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, "PermissionError|refused")


class InstallationTest(unittest.TestCase):
    def install(self, name):
        root = Root(name)
        root.dpkg("--install", DEB)
        return root

    def edit(self, root):
        """The administrator's changes to the configuration, and the administrator's login."""
        password = "of the administrator"
        status, password_hash, complaints = run("hash-password", stdin=password)
        self.assertEqual(status, 0, complaints)
        conffile = root.path / CONFFILE
        text = as_administrator(conffile.read_text("utf-8"), password_hash.strip())
        conffile.write_text(text, "utf-8")  # In place, as an editor does: owner and mode stay.
        return "shop/admin", password

    def hub(self, root):
        hub = InstalledHub(root)
        self.addCleanup(hub.__exit__)
        return hub.start()

    def newer(self, version):
        """The package once more, as a later version with another default configuration."""
        files = WORK / version
        output("dpkg-deb", "-R", DEB, files)
        control = files / "DEBIAN/control"
        fields = control.read_text("utf-8")
        control.write_text(re.sub("^Version: .*$", f"Version: {version}", fields, flags=re.MULTILINE), "utf-8")
        with open(files / CONFFILE, "a", encoding="utf-8") as file:
            file.write("# Another default.\n")
        output("dpkg-deb", "--root-owner-group", "-Znone", "-b", files, WORK / f"{version}.deb")
        return WORK / f"{version}.deb"

    def test_service_gets_a_user_and_reads_its_configuration(self):
        root = self.install("installed")
        uid, gid = root.user()
        self.assertLess(uid, 1000)
        entry = re.search(r"^penstock:.*$", (root.path / "etc/passwd").read_text("utf-8"), re.MULTILINE).group()
        self.assertRegex(entry, ":/var/lib/penstock:/usr/sbin/nologin$")
        if IS_ROOT:
            status = (root.path / CONFFILE).stat()
            self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (0, gid, 0o640))
        wanted = root.path / "etc/systemd/system/multi-user.target.wants/penstock.service"
        self.assertEqual(os.readlink(wanted), "/" + UNIT)
        self.assertFalse(root.calls.exists(), "a scratch root is no reason to touch this machine's services")

    def test_shipped_configuration_has_no_warnings_and_lets_nobody_in(self):
        root = self.install("shipped")
        status, said, complaints = run("check", "--config", str(root.path / CONFFILE), "--json")
        self.assertEqual((status, complaints), (0, ""))
        self.assertIn('"warnings":[]', said.replace(" ", ""))
        self.assertNotRegex((root.path / CONFFILE).read_text("utf-8"), r"(?m)^ *(password|http|accounts)")

    def test_messages_outlive_restart_upgrade_removal_and_purge(self):
        root = self.install("life")
        login = self.edit(root)
        hub = self.hub(root)
        with hub.client(login) as client:
            client.ask("send", "orders", [b"one", b"two"])
            [message] = client.ask("receive", "orders", 1, None, 0)
            client.ask("delete", "orders", [message[1]])
        sqs = boto3.client("sqs", endpoint_url=hub.http, region_name="us-east-1", aws_access_key_id="111111111111",
                           aws_secret_access_key="test")
        self.addCleanup(sqs.close)
        self.assertEqual(len(sqs.list_queues()["QueueUrls"]), 2)
        hub.process.send_signal(signal.SIGHUP)
        hub.logs("is in force.")
        self.assertEqual(hub.stop(), 0)
        edited = (root.path / CONFFILE).read_text("utf-8")

        root.dpkg("--install", self.newer("99.1"))
        self.assertEqual((root.path / CONFFILE).read_text("utf-8"), edited)
        hub.start()
        with hub.client(login) as client:
            [message] = client.ask("receive", "orders", 10, None, 0)
            self.assertEqual(message[2], b"two")
        self.assertEqual(hub.stop(), 0)

        stored = sorted(path.name for path in hub.data.iterdir())
        root.dpkg("--remove", "penstock")
        self.assertFalse((root.path / "usr/bin/penstock").exists())
        self.assertEqual((root.path / CONFFILE).read_text("utf-8"), edited)
        self.assertEqual(sorted(path.name for path in hub.data.iterdir()), stored)

        said = root.dpkg("--purge", "penstock")
        self.assertIn("kept, in /var/lib/penstock", said)
        self.assertFalse((root.path / CONFFILE).exists())
        self.assertEqual(sorted(path.name for path in hub.data.iterdir()), stored)
        self.assertFalse(os.path.lexists(root.path / "etc/systemd/system/multi-user.target.wants/penstock.service"))


if __name__ == "__main__":
    unittest.main()
