using System.Text.RegularExpressions;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Network;

/// <summary>A host of its own for engine and minik, made of a network namespace, and a client outside it.</summary>
internal sealed partial class NetworkPlace : IAsyncDisposable
{
    public const string Host = "192.0.2.2";
    public const string OutsideAddress = "192.0.2.9";

    private static readonly string[] Traces =
    [
        "nft -s list ruleset", "iptables-nft-save", "ip -o link", "ip -4 -o addr", "ip -4 route show table all", "ip rule", "conntrack -L",
        "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/all/route_localnet /proc/sys/net/ipv4/conf/all/send_redirects /proc/sys/net/bridge/bridge-nf-call-iptables",
    ];

    private readonly string name = $"mke-{Guid.NewGuid():N}"[..12];

    private string Node => $"/run/netns/{name}";

    public string Name => name;

    public DockerHost Docker { get; private set; } = null!;
    public MinikProcess Minik { get; private set; } = null!;
    public string Before { get; private set; } = "";

    public static async Task<NetworkPlace> Start(params string[] flags)
    {
        var place = new NetworkPlace();
        try
        {
            await place.Build(flags);
            return place;
        }
        catch
        {
            await place.DisposeAsync();
            throw;
        }
    }

    public Task<Output> OnNode(string command) => Shell.Run("nsenter", $"--net={Node} {command}");

    public Task<Output> Outside(string command) => Shell.Run("nsenter", $"--net=/run/netns/{name}o {command}");

    /// <summary>kubectl, which must succeed.</summary>
    public async Task<string> Do(string command, string? input = null)
    {
        var output = await Minik.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"kubectl {command}: {output.All}");
        return output.Text;
    }

    /// <summary>Everything that a node could have left on its host; counters and the state of links aside.</summary>
    public async Task<string> Left()
    {
        var text = new List<string>();
        foreach (var command in Traces)
        {
            var lines = (await OnNode(command)).Text.Split('\n').Where(l => !l.StartsWith('#') && (!command.StartsWith("conntrack", StringComparison.Ordinal) || l.Contains("=10.4", StringComparison.Ordinal)));
            text.Add($"$ {command}\n{Passing().Replace(string.Join('\n', lines), "")}");
        }
        return string.Join('\n', text);
    }

    /// <summary>As the owner does it, who says nothing but the directory.</summary>
    public Task<Output> Purge() => Shell.Run("nsenter", $"--net={Node} {MinikProcess.Script("down")} --purge --data-dir {Minik.Directory}");

    private Task<Output> CleanUp() => Shell.Run("nsenter", $"--net={Node} {MinikProcess.Binary} cleanup --data-dir {Minik.Directory}");

    public async ValueTask DisposeAsync()
    {
        if (Minik is not null)
        {
            // A test that broke off leaves pods, whose mounts hold the directory.
            await Minik.Stop();
            await CleanUp();
            await Minik.DisposeAsync();
        }
        if (Docker is not null) await Docker.DisposeAsync();
        await Shell.Run("ip", $"netns del {name}");
        await Shell.Run("ip", $"netns del {name}o");
    }

    private async Task Build(string[] flags)
    {
        await Must($"ip netns add {name}");
        await Must($"ip netns add {name}o");
        await Must($"ip -n {name} link set lo up");
        await Must($"ip -n {name} link add out0 type veth peer name out0 netns {name}o");
        await Must($"ip -n {name} addr add {Host}/24 dev out0");
        await Must($"ip -n {name} link set out0 up");
        await Must($"ip -n {name}o addr add {OutsideAddress}/24 dev out0");
        await Must($"ip -n {name}o link set out0 up");
        Docker = await DockerHost.Start(Node);
        Before = await Left();
        Minik = await MinikProcess.StartIn(Node, ["--container-runtime-endpoint", Docker.Socket, "--node-name", name, .. flags]);
        await Until.Says(() => Minik.Kubectl("get nodes"), " Ready");
        await Until.Says(() => Minik.Kubectl("get serviceaccounts"), "default");
    }

    private static async Task Must(string command)
    {
        var words = command.Split(' ', 2);
        var output = await Shell.Run(words[0], words[1]);
        if (output.Code != 0) throw new InvalidOperationException($"{command}: {output.All}");
    }

    [GeneratedRegex(@" \[\d+:\d+\]| qlen \d+|NO-CARRIER,|LOWER_UP|,M-DOWN| state \w+| linkdown")]
    private static partial Regex Passing();
}
