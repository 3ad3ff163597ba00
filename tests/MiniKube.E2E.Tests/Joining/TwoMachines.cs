using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Joining;

/// <summary>Two machines on one link, as far as network namespaces make them; nothing leads from the server's to a port of the other but what both have in common.</summary>
internal sealed class TwoMachines : IAsyncDisposable
{
    public const string ServerAddress = "192.0.2.10";
    public const string AgentAddress = "192.0.2.11";

    private readonly string name = $"mkj-{Guid.NewGuid():N}"[..12];

    public Place Server => new($"/run/netns/{name}s");
    public Place Agent => new($"/run/netns/{name}a");

    public static async Task<TwoMachines> Boot()
    {
        var machines = new TwoMachines();
        foreach (var command in (string[])
        [
            $"netns add {machines.name}s", $"netns add {machines.name}a", $"-n {machines.name}s link set lo up", $"-n {machines.name}a link set lo up",
            $"-n {machines.name}s link add out0 type veth peer name out0 netns {machines.name}a", $"-n {machines.name}s addr add {ServerAddress}/24 dev out0",
            $"-n {machines.name}a addr add {AgentAddress}/24 dev out0", $"-n {machines.name}s link set out0 up", $"-n {machines.name}a link set out0 up",
        ])
        {
            var output = await Shell.Run("ip", command);
            if (output.Code != 0) throw new InvalidOperationException($"ip {command}: {output.All}");
        }
        return machines;
    }

    public static Task<Output> On(Place place, string command) => Shell.Run(place.Words[0], $"{string.Join(' ', place.Words[1..])} {command}");

    /// <summary>The cable is pulled, or plugged in again.</summary>
    public Task<Output> Link(bool up) => Shell.Run("ip", $"-n {name}a link set out0 {(up ? "up" : "down")}");

    public async ValueTask DisposeAsync()
    {
        await Shell.Run("ip", $"netns del {name}s");
        await Shell.Run("ip", $"netns del {name}a");
    }
}
