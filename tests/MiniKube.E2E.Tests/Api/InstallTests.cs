using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>
/// How minik comes onto a machine and leaves it. The machine is this one below a layer that takes all that is written: what lies there at the
/// end is what was left behind.
/// </summary>
[TestFixture, FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InstallTests : IDisposable
{
    private const string Machine = """
        set -e; ip link set lo up
        mount -t tmpfs none $0; mkdir $0/top $0/work $0/root
        mount -t overlay overlay -o lowerdir=/,upperdir=$0/top,workdir=$0/work $0/root
        cd $0/root; mount --rbind /proc proc; mount --rbind /dev dev; mount -t tmpfs none run; mount -t tmpfs none tmp
        mkdir run/minik; cp -r $1 run/minik/packaging; cp $2 run/minik/packaging/minik; cp $1/../Directory.Build.props run/minik
        cat > run/script; chroot . env -i HOME=/srv PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin sh -e /run/script 2>&1
        cd $0/top; echo left:; find . ! -type d ! -path "./var/lib/dpkg/*" ! -name dpkg.log
        """;

    // A server of this machine, with nobody else in its network.
    private const string Serve = """
        minik server --runtime none 2>/run/log & server=$!
        until minik status >/dev/null 2>&1; do kill -0 $server; sleep 0.1; done

        """;

    private readonly string directory = Directory.CreateTempSubdirectory("minik-install-").FullName;

    public void Dispose() => Directory.Delete(directory);

    [Test]
    public async Task What_the_script_installs_goes_without_a_trace()
    {
        var said = await Run($$"""
            /run/minik/packaging/install.sh
            {{Serve}}
            /run/minik/packaging/install.sh --no-start
            minik snapshot save >/dev/null
            ! minik uninstall --yes
            kill $server; wait $server
            echo n | minik uninstall || echo refused
            minik uninstall --yes
            test ! -e /usr/local/bin/minik
            """);
        Assert.That(said, Does.Contain("installed minik 0.1.0").And.Contain("no systemd runs here; start it with: minik server")
            .And.Match(@"minik: it still runs on /var/lib/minik, as process \d+: stop it first").And.Contain("  /var/lib/minik\n").And.Contain("Go on? [y/N] minik: nothing was removed\nrefused")
            .And.EndWith("minik is gone\nleft:\n"));
    }

    [Test]
    public async Task The_package_leaves_pods_and_state_until_it_is_purged()
    {
        var said = await Run($$"""
            cd /run/minik; packaging/deb/make packaging/minik x64 /run >/dev/null
            dpkg --force-depends -i /run/minik_0.1.0_amd64.deb
            grep ExecStart /lib/systemd/system/minik*.service
            {{Serve}}
            kill $server; wait $server
            dpkg --remove minik
            test ! -e /usr/bin/minik
            ls /var/lib/minik
            dpkg --purge minik
            """);
        Assert.That(said, Does.Contain("ExecStart=/usr/bin/minik server").And.Contain("ExecStart=/usr/bin/minik agent").And.Contain("\npurge\n").And.Contain("\nserver\n").And.EndWith("minik is gone\nleft:\n"));
    }

    /// <summary>All that a script says on the machine, and then the files that weren't there before.</summary>
    private async Task<string> Run(string script)
    {
        var all = await Shell.Run("unshare", $"--net --mount --propagation private sh -c '{Machine}' {directory} {Path.Combine(MinikProcess.Root(), "packaging")} {MinikProcess.Binary}", script);
        Assert.That(all.Code, Is.Zero, all.All);
        return all.Text;
    }
}
