using MiniKube.Kinds;
using MiniKube.Kinds.Networking;
using MiniKube.Machinery;
using MiniKube.Network.Policy;

namespace MiniKube.Network.Tests.Policy;

/// <summary>A line of a case: who calls whom, by what, and whether it passes.</summary>
public sealed record Connection(string From, string To, string Protocol, int Port, bool Passes)
{
    public override string ToString() => $"{From} -> {To} {Protocol} {Port}";

    public static Connection Parse(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var from, "->", var to, var protocol, var port, "yes" or "no"] words
        ? new(from, to, protocol, int.Parse(port), words[^1] == "yes") : throw new FormatException(line);
}

/// <summary>Policies of a file over the pods of world.txt, and what they let pass.</summary>
public sealed record PolicyCase(string Name, IReadOnlyList<PolicyItem> Policies, IReadOnlyList<Connection> Connections)
{
    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "Policy", "Cases");

    public static readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Namespaces =
        World("namespace").ToDictionary(w => w[1], w => (IReadOnlyDictionary<string, string>)Labels(w[2..]));

    public static readonly IReadOnlyList<PolicyPod> Pods = [.. World("pod").Select(w => new PolicyPod(w[1].Split('/')[0], w[1].Split('/')[1], w[2], Labels(w[3].Split(',')), [.. w[4..].Select(Port)], true))];

    public static IEnumerable<PolicyCase> All() => System.IO.Directory.GetFiles(Directory, "*.yaml").Order(StringComparer.Ordinal).Select(Read);

    public PolicyRules Rules => PolicyRules.For(new(Policies, Pods, Namespaces));

    public static string Address(string who) => who switch
    {
        "outside" => "192.0.2.9",
        "node" => "10.42.0.1",
        _ => Pods.Single(p => $"{p.Namespace}/{p.Name}" == who).Address,
    };

    public override string ToString() => Name;

    private static PolicyCase Read(string file)
    {
        var tree = (JsonMap)YamlReader.Read(File.ReadAllText(file));
        var policies = tree.List("policies")!.Maps().Select(p => KubeJson.FromTree<NetworkPolicy>(p)).Select(p => new PolicyItem(p.Metadata.Namespace!, p.Metadata.Name!, p.Spec!));
        return new(Path.GetFileNameWithoutExtension(file), [.. policies], [.. tree.Text("connections")!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Connection.Parse)]);
    }

    private static IEnumerable<string[]> World(string kind) => File.ReadLines(Path.Combine(Directory, "world.txt")).Select(l => l.Split(' ')).Where(w => w[0] == kind);

    private static Dictionary<string, string> Labels(IEnumerable<string> pairs) => pairs.Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);

    private static NamedPort Port(string text) => text.Split('=', '/') is [var name, var number, var protocol] ? new(name, protocol, int.Parse(number)) : throw new FormatException(text);
}
