# SPDX-License-Identifier: GPL-3.0-or-later
"""What boson-server makes of its configuration: nothing wrong passes in silence, what is accepted is
obeyed, --check-config and SIGHUP say what is in force."""
import contextlib
import ctypes
import datetime
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import unittest

from boson import BIN, Node, Server, route_request, wait_for
from config_cases import REFUSED


class ConfigCase(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.data, True)
        self.ini = os.path.join(self.data, "b.ini")

    def write(self, text):
        with open(self.ini, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(self.ini, 0o600)

    # Where no other server has its ports.
    ALONE = (["unshare", "--net", "sh", "-c", 'ip link set lo up; exec "$0" "$@"']
             if os.geteuid() == 0 else [])

    def run_server(self, *arguments, env=None):
        return subprocess.run([*self.ALONE, BIN, "--data-dir", os.path.join(self.data, "d"),
                               *arguments],
                              capture_output=True, text=True, timeout=20,
                              env=dict(os.environ, **(env or {})))

    @staticmethod
    def notes(done):
        """But those of what is open to anybody."""
        return [line for line in done.stdout.splitlines()
                if line.startswith("note: ") and "open by default" not in line]

    def options_of(self, case):
        options = list(case.get("args", []))
        if "ini" in case:
            self.write(case["ini"])
            options += ["--config", self.ini]
        return options

    def certificate(self, name, days=30, begins=0, path="c"):
        begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=begins)
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        built = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
                 .public_key(key.public_key()).serial_number(x509.random_serial_number())
                 .not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=days))
                 .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
                 .sign(key, hashes.SHA256()))
        files = [os.path.join(self.data, path + end) for end in (".pem", ".key")]
        texts = [built.public_bytes(serialization.Encoding.PEM),
                 key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                   serialization.NoEncryption())]
        for file, text in zip(files, texts):
            with open(file, "wb") as out:
                out.write(text)
            os.chmod(file, 0o600)
        return files


class WrongTest(ConfigCase):
    def test_there_are_a_hundred(self):
        self.assertGreaterEqual(len(REFUSED), 100)

    def test_none_is_silent(self):
        for name, case in REFUSED.items():
            with self.subTest(name):
                options = self.options_of(case)
                done = self.run_server("--listen", "127.0.0.1:0", "--stun", "off", *options,
                                       env=case.get("env")) if "listen" not in str(case) and \
                    "stun" not in str(case) else self.run_server(*options, env=case.get("env"))
                self.assertEqual(done.returncode, case["code"], done.stderr)
                self.assertEqual(done.stdout, "")
                lines = [l for l in done.stderr.splitlines() if l.startswith("boson-server: ")]
                self.assertEqual(len(lines), 1, done.stderr)
                for part in case["says"]:
                    self.assertIn(part.format(ini=self.ini), lines[0])
                self.assertFalse(os.path.exists(os.path.join(self.data, "d")), "nothing is made")

    def test_check_config_finds_the_same(self):
        for name, case in REFUSED.items():
            if name == "unknown command":
                continue
            with self.subTest(name):
                done = self.run_server("--check-config", *self.options_of(case),
                                       env=case.get("env"))
                self.assertEqual(done.returncode, 1)
                self.assertIn("wrong: ", done.stdout)
                for part in case["says"]:
                    self.assertIn(part.format(ini=self.ini), done.stdout)

    def test_all_faults_are_told(self):
        self.write("acess=key\nlisten=nowhere\ndns=x\n[limits]\nnodes=none\n")
        done = self.run_server("--config", self.ini)
        self.assertIn("3 more: --check-config", done.stderr)
        done = self.run_server("--config", self.ini, "--check-config")
        for line in (1, 2, 3, 5):
            self.assertIn(f"wrong: {self.ini}:{line}: ", done.stdout)


class RightTest(ConfigCase):
    """The control: what looks odd and is right is taken, and obeyed."""

    def test_what_editors_leave(self):
        for text in ("\ufeffaccess=key\n", "access=key\r\n", "access = key", "\n; c\n# c\n access=key\n",
                     'access = "key"\n', "[General]\naccess=key\n", "access\t=\tkey\t\n"):
            self.write(text)
            done = self.run_server("--config", self.ini, "--check-config")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, rf"access = key  \({re.escape(self.ini)}:\d+\)")

    def test_addresses_beside_the_wrong_ones(self):
        for text in ("dns = 9.9.9.9, 1.1.1.1 ,2620:fe::fe\n", "dns=10.0.0.1,fd00::1,192.0.2.1\n",
                     "listen=[::]:3000\nstun=0.0.0.0:3478\nmetrics=127.0.0.1:9100\n",
                     "public-host=[2001:db8::1]:443\n", "public-host=192.168.1.2\n",
                     "public-host=3com.example\n", "public-host=10.example:443\n",
                     "proxy-protocol-from=10.0.0.0/8, 2000::/19, 127.0.0.1, ::1, fe80::1\n",
                     "# caf\u00e9\u00a0\u201cx\u201d\npublic-host=a.example\n"):
            self.write(text)
            done = self.run_server("--config", self.ini, "--check-config")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.notes(done), [])
        done = self.run_server("--dns", "9.9.9.9, 1.1.1.1", "--check-config")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_only_this_machine_reaches_is_told(self):
        for host in ("127.0.0.1", "[::1]:443", "localhost", "a.localhost"):
            done = self.run_server("--public-host", host, "--check-config")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("note: --public-host is ", done.stdout)
            self.assertIn("nobody but this machine", done.stdout)
        for name in ("stun", "metrics"):
            done = self.run_server("--" + name, "127.0.0.1:0", "--check-config")
            self.assertIn("note: --" + name + " has port 0", done.stdout)

    def test_places_that_are_not_there(self):
        plain = os.path.join(self.data, "plain")
        self.write("")
        os.rename(self.ini, plain)
        gone = os.path.join(self.data, "gone")
        for options, says in ((["--database", f"sqlite:{gone}/x.db"], gone + ": No such file"),
                              (["--database", f"sqlite:{plain}/x.db"], plain + " is no directory"),
                              (["--data-dir", plain + "/d"], plain)):
            with self.subTest(options):
                done = self.run_server(*options, "--check-config")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("wrong: cannot use the data", done.stdout)
                self.assertIn(says, done.stdout)
                done = self.run_server("--listen", "127.0.0.1:0", "--stun", "off", *options)
                self.assertEqual(done.returncode, 1, "control: it would not start, either")
        for options in ([], ["--data-dir", gone + "/a/b"],
                        ["--database", f"sqlite:{self.data}/x.db"]):
            self.assertEqual(self.run_server(*options, "--check-config").returncode, 0, options)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, whom it is about")
    def test_root_opens_nothing_where_others_may_write(self):
        shared = os.path.join(self.data, "shared")
        os.mkdir(shared, 0o700)
        path = os.path.join(shared, "x.db")
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE schema_version (version INTEGER)")
            database.execute("INSERT INTO schema_version VALUES (9999)")
            database.commit()
        check = lambda: self.run_server("--database", "sqlite:" + path, "--check-config")
        self.assertIn("newer boson-server", check().stdout, "control: it is looked into")
        before = sorted(os.listdir(shared))
        for mode in (0o770, 0o702, 0o1777):
            os.chmod(shared, mode)
            done = check()
            self.assertIn("was not looked into", done.stdout)
            self.assertIn("chmod go-w " + shared, done.stdout)
            self.assertNotIn("newer boson-server", done.stdout)
            self.assertEqual(sorted(os.listdir(shared)), before)

    def test_order(self):
        self.write("access=key\nsession-ttl=100\nrelay-threads=3\n")
        done = self.run_server("--config", self.ini, "--session-ttl", "300", "--check-config",
                               env={"BOSON_SESSION_TTL": "200", "BOSON_RELAY_THREADS": "2"})
        for line in (f"access = key  ({self.ini}:1)", "session-ttl = 300  (--session-ttl)",
                     "relay-threads = 2  (BOSON_RELAY_THREADS)", "log-format = text  (default)"):
            self.assertIn(line, done.stdout)

    def test_no_secret_is_shown(self):
        done = self.run_server("--database", "postgresql://u:topsecret@h/n?sslmode=require",
                               "--check-config")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sslmode=require", done.stdout)
        self.assertNotIn("topsecret", done.stdout + done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.data, "d")), "nothing is made")

    def test_an_option_given_twice_is_told(self):
        done = self.run_server("--access", "key", "--access", "open", "--check-config")
        self.assertEqual(done.returncode, 0)
        self.assertIn("note: --access is given twice", done.stdout)


class PlacesTest(ConfigCase):
    """What a server would find that starts now: its ports, its database, who may come."""

    def check(self, *options, code=0):
        done = self.run_server("--check-config", *options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_ports(self):
        if not self.ALONE:
            self.skipTest("only root can have ports to itself")
        self.assertNotIn("cannot listen", self.check())
        taken = ["unshare", "--net", "sh", "-c", 'ip link set lo up; python3 -c "$1" & p=$!; '
                 'until ss -Hltun | grep -q 3478; do sleep 0.05; done; shift; "$@"; '
                 'code=$?; kill $p; exit $code', "sh",
                 "import socket as s,time\nt=s.socket(); t.bind(('127.0.0.1',3000)); t.listen()\n"
                 "u=s.socket(s.AF_INET,s.SOCK_DGRAM); u.bind(('127.0.0.1',3478)); time.sleep(60)",
                 BIN, "--data-dir", self.data, "--check-config"]
        run = lambda *more: subprocess.run([*taken, *more], capture_output=True, text=True,
                                           timeout=30, check=False)
        done = run("--listen", "127.0.0.1:3000", "--stun", "off")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("wrong: cannot listen on 127.0.0.1:3000 (--listen)", done.stdout)
        done = run("--listen", "127.0.0.1:3001", "--stun", "127.0.0.1:3478")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("(--stun)", done.stdout)
        done = run("--listen", "192.0.2.1:3001")
        self.assertEqual(done.returncode, 1, "no address of this machine")
        # One that nobody asked for is done without.
        done = run("--listen", "127.0.0.1:3001")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("note: cannot listen on", done.stdout)

    def test_beside_the_running_server(self):
        with Server(data=self.data) as server:
            done = subprocess.run([BIN, "--data-dir", self.data, "--stun", "off", "--check-config",
                                   "--listen", f"127.0.0.1:{server.port}"], capture_output=True,
                                  text=True, timeout=20, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("its ports are not tried", done.stdout)

    def test_databases(self):
        path = os.path.join(self.data, "boson.db")
        use = ["--database", "sqlite:" + path]
        with Server(data=self.data):
            pass
        self.assertEqual([line for line in self.check(*use).splitlines() if "database is" in line],
                         [])
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("INSERT INTO schema_version (version) VALUES (9999)")
            database.commit()
        self.assertIn("made by a newer", self.check(*use, code=1))
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("DELETE FROM schema_version WHERE version > 3")
            database.commit()
        self.assertIn("will be changed at the next start", self.check(*use))
        with open(path, "wb") as file:
            file.write(b"this is no database" * 1000)
        self.assertIn("wrong: cannot use sqlite:", self.check(*use, code=1))
        away = self.check("--database", "postgresql://u:topsecret@127.0.0.1:1/n")
        self.assertIn("does not answer: the server would start", away)
        self.assertNotIn("topsecret", away)

    def test_open_doors_are_told(self):
        told = self.check("--listen", "[::]:3000")
        self.assertEqual(told.count("open by default"), 2)
        told = self.check("--listen", "[::]:3000", "--access", "open", "--node-access", "approve")
        self.assertNotIn("open by default", told)
        self.assertNotIn("open by default", self.check("--listen", "127.0.0.1:3000"))


class SecretsTest(ConfigCase):
    def told(self, *options, says, code=0):
        done = self.run_server("--check-config", *options)
        self.assertEqual(done.returncode, code, done.stdout)
        self.assertIn(says, done.stdout)
        return done.stdout

    def test_certificates(self):
        for name, how, says in (("b.example", {}, None), ("b.example", {"begins": -40}, "has expired"),
                                ("b.example", {"begins": 2}, "not valid before"),
                                ("b.example", {"days": 3}, "expires on"),
                                ("other.example", {}, "not for the public host b.example")):
            cert, key = self.certificate(name, **how)
            options = ["--tls-cert", cert, "--tls-key", key, "--public-host", "b.example"]
            done = self.run_server("--check-config", *options)
            self.assertEqual(done.returncode, 0, done.stdout)
            notes = self.notes(done)
            self.assertEqual(len(notes), 0 if says is None else 1, notes)
            if says:
                self.assertIn(says, notes[0])
                with Server(*options) as server:
                    wait_for(lambda: says in server.log_text(), what=says)

    def test_pairs(self):
        cert, key = self.certificate("b.example")
        _, other = self.certificate("b.example", path="o")
        self.told("--tls-cert", cert, "--tls-key", other, says="is not the key of", code=1)
        self.told("--tls-cert", cert, "--tls-key", cert, says="no key in PEM", code=1)
        os.chmod(key, 0o644)
        self.told("--tls-cert", cert, "--tls-key", key, says="chmod 600 " + key)

    def test_a_pin_never_changes_in_silence(self):
        with Server(data=self.data) as server:
            pin = server.pin
        path = os.path.join(self.data, "certificate.pem")
        whole = open(path, "rb").read()
        for broken in (b"", whole[:200], b"nonsense\n"):
            with open(path, "wb") as file:
                file.write(broken)
            done = subprocess.run([BIN, "--data-dir", self.data, "--listen", "127.0.0.1:0", "--stun",
                                   "off"], capture_output=True, text=True, timeout=20)
            self.assertEqual(done.returncode, 1)
            self.assertIn("restore it from a backup", done.stderr)
        with open(path, "wb") as file:
            file.write(whole)
        with Server(data=self.data) as server:
            self.assertEqual(server.pin, pin, "control")
            self.assertNotIn("fingerprint has changed", server.log_text())
        os.remove(os.path.join(self.data, "certificate.key"))
        with Server(data=self.data) as server:
            self.assertNotEqual(server.pin, pin)
            wait_for(lambda: "fingerprint has changed from " + pin in server.log_text(),
                     what="the line")

    def test_a_lost_secret_is_told(self):
        with Server(data=self.data) as server:
            self.assertNotIn("is gone", server.log_text(), "control: nothing is lost at first")
        for name in ("jwt.key", "server.key"):
            os.remove(os.path.join(self.data, name))
            for _ in range(2):
                with Server(data=self.data) as server:  # the log goes on, by a thread of its own
                    wait_for(lambda: name + " is gone, and another one" in server.log_text(),
                             what="the line")
            self.assertEqual(server.log_text().count(name + " is gone"), 1)

    def test_what_a_full_disk_left_is_made_anew(self):
        for name in ("certificate.pem", "certificate.key", "jwt.key", "server.key"):
            with open(os.path.join(self.data, name), "wb"):
                pass
        with Server(data=self.data) as server:
            self.assertEqual(server.get("/healthz").status, 200)
            for name in ("certificate.key", "jwt.key", "server.key"):
                status = os.stat(os.path.join(self.data, name))
                self.assertGreater(status.st_size, 0)
                self.assertEqual(stat.S_IMODE(status.st_mode), 0o600)


class OddFilesTest(ConfigCase):
    """A pipe that nobody writes to, a device without end: each is refused, and nothing waits."""

    def pipe(self, *where):
        path = os.path.join(self.data, *where)
        os.mkfifo(path, 0o600)
        return path

    def refused(self, *options, says):
        for more in ([], ["--check-config"]):
            done = self.run_server("--listen", "127.0.0.1:0", "--stun", "off", *options, *more)
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertIn(says, done.stderr)
            self.assertNotIn("chmod", done.stdout + done.stderr)

    def test_pipes_and_devices(self):
        fifo = self.pipe("fifo")
        cert, key = self.certificate("b.example")
        for odd in (fifo, "/dev/zero", self.data):
            for options in (["--config", odd], ["--metrics-token-file", odd],
                            ["--turn", "t.example:3478", "--turn-secret-file", odd],
                            ["--tls-cert", odd, "--tls-key", key],
                            ["--tls-cert", cert, "--tls-key", odd]):
                with self.subTest(options):
                    self.refused(*options, says=odd + " is not a regular file")

    def test_in_the_data_directory(self):
        for name in ("jwt.key", "server.key", "certificate.pem", "certificate.key", "boson.db"):
            with self.subTest(name):
                shutil.rmtree(os.path.join(self.data, "d"), True)
                os.mkdir(os.path.join(self.data, "d"))
                fifo = self.pipe("d", name)
                done = self.run_server("--listen", "127.0.0.1:0", "--stun", "off")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(fifo + " is not a regular file", done.stderr)

    def test_few_descriptors(self):
        """Told at once, and not by people who are turned away."""
        for most in (16, 64, 511):
            done = subprocess.run(
                [BIN, "--data-dir", self.data, "--listen", "127.0.0.1:0", "--stun", "off"],
                capture_output=True, text=True, timeout=20,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"no more than {most} files", done.stderr)
            self.assertIn("LimitNOFILE", done.stderr)

    def test_a_large_secret(self):
        path = os.path.join(self.data, "secret")
        for size, code in ((4096, 0), (4097, 1)):
            with open(path, "w", encoding="ascii") as file:
                file.write("x" * size)
            os.chmod(path, 0o600)
            done = self.run_server("--metrics-token-file", path, "--check-config")
            self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(path + " is larger than 4096 bytes", done.stderr)

    def test_a_reload(self):
        token = os.path.join(self.data, "token")
        with open(token, "w", encoding="ascii") as file:
            file.write("a-token-of-some-length\n")
        os.chmod(token, 0o600)
        cert, key = self.certificate("b.example")
        for path, says in ((token, "not reloaded, all stays"), (key, "certificate not reloaded")):
            with Server("--metrics-token-file", token, "--tls-cert", cert, "--tls-key", key,
                        data=self.data) as server:
                os.rename(path, path + ".kept")
                self.pipe(path)
                server.process.send_signal(signal.SIGHUP)
                wait_for(lambda: says in server.log_text() and
                         path + " is not a regular file" in server.log_text(), what="the line")
                self.assertEqual(server.get("/healthz").status, 200)
                self.assertEqual(server.stop(), 0)
                os.rename(path + ".kept", path)


class DeadMountTest(ConfigCase):
    """A filesystem that never answers, as one whose server is gone."""

    def setUp(self):
        super().setUp()
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.place = os.path.join(self.data, "mount")
        os.mkdir(self.place)

    def die(self):
        """What is in self.place cannot be reached any more."""
        try:
            device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            self.skipTest("no FUSE: %s" % error)
        device = os.fdopen(device, "rb", buffering=0)  # which may be closed twice
        self.addCleanup(device.close)
        options = "fd=%d,rootmode=40000,user_id=0,group_id=0" % device.fileno()
        if self.libc.mount(b"dead", self.place.encode(), b"fuse", 0, options.encode()) != 0:
            self.skipTest("cannot mount: " + os.strerror(ctypes.get_errno()))
        self.addCleanup(self.libc.umount2, self.place.encode(), 2)  # MNT_DETACH
        self.device = device

    def resurrect(self):
        """First the mount goes, then what waits for it ends: what is read anew then is there."""
        self.libc.umount2(self.place.encode(), 2)  # MNT_DETACH
        self.device.close()

    def test_a_reload_stops_nothing(self):
        cert, key = self.certificate("b.example")
        for name in ("cert.pem", "key.pem"):
            shutil.copy(cert if name == "cert.pem" else key, os.path.join(self.place, name))
        pair = f"tls-cert={self.place}/cert.pem\ntls-key={self.place}/key.pem\n"
        for ini in (os.path.join(self.place, "boson.ini"), self.ini):
            with self.subTest(ini), open(ini, "w", encoding="ascii") as file:
                file.write("access=open\n" + (pair if ini == self.ini else ""))
                file.flush()
                with Server("--config", ini) as server:
                    self.die()
                    server.process.send_signal(signal.SIGHUP)
                    wait_for(lambda: server.get("/healthz").status == 200 and
                             "not reloaded yet" in server.log_text(), what="the line")
                    self.assertEqual(server.get("/api/v1/server").status, 200)
                    server.process.send_signal(signal.SIGHUP)
                    wait_for(lambda: server.log_text().count("not reloaded yet") == 2, what="again")
                    if ini == self.ini:
                        self.assertEqual(server.stop(), 0, "the thread that hangs is left")
                    self.resurrect()
                    if ini != self.ini:
                        wait_for(lambda: "config: reloaded" in server.log_text(),
                                 what="the second reading")

    def test_a_signal_ends_the_start(self):
        self.die()
        inside = os.path.join(self.place, "x")
        for options in (["--config", inside], ["--metrics-token-file", inside],
                        ["--data-dir", inside], ["--tls-cert", inside, "--tls-key", inside]):
            for how in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(options, how=how):
                    process = subprocess.Popen(
                        [BIN, "--data-dir", os.path.join(self.data, "d"), "--listen", "127.0.0.1:0",
                         "--stun", "off", *options], stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
                    try:
                        def waits():
                            with open("/proc/%d/wchan" % process.pid, encoding="ascii") as file:
                                return "fuse" in file.read()
                        wait_for(waits, what="the server to wait for the filesystem")
                        process.send_signal(how)
                        self.assertEqual(process.wait(timeout=10), -how)
                    finally:
                        process.kill()
                        process.wait()


class ReloadTest(ConfigCase):
    def test_everything_is_read_again(self):
        self.write("access=open\nsession-ttl=3600\n")
        with Server("--config", self.ini, data=self.data) as server:
            Node(server).register()
            ask = lambda: server.post("/api/v1/routing/request", route_request()).status
            self.assertEqual(ask(), 200, "control")

            def reload(text, says):
                self.write(text)
                before = len(server.log_text())
                server.process.send_signal(signal.SIGHUP)
                wait_for(lambda: says in server.log_text()[before:], what=says)
                return server.log_text()[before:]

            reload("access=key\nsession-ttl=3600\n", "changed=access")
            self.assertEqual(ask(), 401)
            said = reload("access=key\nsession-ttl=60\npublic-host=b.example\nrelay-threads=1\n"
                          "[limits]\nread-burst=999\n", "needs a restart")
            self.assertIn("public-host, relay-threads", said)
            self.assertIn("session-ttl, limits.read-burst", said)
            said = reload("access=closed\n", "not reloaded")
            self.assertIn(self.ini + ":1", said)
            self.assertEqual(ask(), 401, "what was in force stays")
            reload("access=open\n", "config: reloaded")
            self.assertEqual(ask(), 200)
            for _ in range(2):  # a certificate that is not taken is not told as changed
                said = reload("access=open\ntls-cert=/nonexistent\ntls-key=/nonexistent\n",
                              "config: reloaded")
                self.assertIn("certificate not reloaded", said)
                self.assertIn("changed=nothing", said)

    def test_a_secret_changed_in_its_place_is_told(self):
        token = os.path.join(self.data, "token")

        def write(text):
            with open(token, "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(token, 0o600)
        write("one-token\n")
        with Server("--metrics-token-file", token, "--turn", "t.example:3478", "--turn-secret-file",
                    token, data=self.data) as server:
            def reload():
                before = len(server.log_text())
                server.process.send_signal(signal.SIGHUP)
                wait_for(lambda: "config: reloaded" in server.log_text()[before:], what="the line")
                return server.log_text()[before:]
            self.assertIn("changed=nothing", reload(), "control")
            write("another-token\n")
            said = reload()
            self.assertIn("turn-secret-file, metrics-token-file", said)
            self.assertNotIn("another-token", said)
            self.assertIn("changed=nothing", reload())


if __name__ == "__main__":
    unittest.main()
