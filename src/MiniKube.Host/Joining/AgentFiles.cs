using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>What a joined node remembers of where it belongs.</summary>
internal sealed record AgentFiles(Uri Server, string NodeName, ClusterFacts? Facts)
{
    public static AgentFiles? Read(string dataDir)
    {
        try
        {
            var tree = JsonReader.ReadMap(File.ReadAllBytes(At(dataDir)));
            return Uri.TryCreate(tree.Text("server"), UriKind.Absolute, out var server) && tree.Text("node") is { } node ? new(server, node, tree.Map("cluster") is { } facts ? ClusterFacts.Of(facts) : null) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public void Write(string dataDir)
    {
        var tree = new JsonMap { { "server", Server.ToString() }, { "node", NodeName } };
        if (Facts is not null) tree.Add("cluster", Facts.ToTree());
        PrivateFile.Write(At(dataDir), JsonWriter.ToText(tree) + "\n");
    }

    private static string At(string dataDir) => Path.Combine(dataDir, "agent", "joined.json");
}
