using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Server.Aggregation;

namespace MiniKube.Server.OpenApi;

/// <summary>
/// Version 2 of the description: one document for all groups, put together from a piece for each group and version. When
/// a definition comes or goes only its group's piece is made anew.
/// </summary>
internal sealed class OpenApiV2(bool wire)
{
    private sealed record Piece(Kind[] Of, byte[] Paths, Dictionary<string, (byte[] Body, bool HasKinds)> Definitions);

    private readonly ConcurrentDictionary<(string Group, string Version), Piece> pieces = new();

    /// <summary>How many pieces have been made so far.</summary>
    public int Made => made;

    private int made;

    public byte[] Document(KindRegistry kinds) => Document(new Published(kinds, RemoteSet.None));

    public byte[] Document(Published published)
    {
        var kinds = published.Kinds;
        foreach (var gone in pieces.Keys.Where(k => !kinds.Groups.Contains(k))) pieces.TryRemove(gone, out _);
        var (paths, definitions) = (new List<byte[]>(), new SortedDictionary<string, (byte[] Body, bool HasKinds)>(StringComparer.Ordinal));
        foreach (var (group, version) in published.Local.OrderBy(g => OpenApiDocuments.V3Path(g.Group, g.Version), StringComparer.Ordinal))
        {
            var piece = PieceOf(group, version, kinds.In(group, version));
            if (piece.Paths.Length > 0) paths.Add(piece.Paths);
            // A type is described wherever it is used; its own group also says of which kinds it is.
            foreach (var (name, definition) in piece.Definitions)
                if (definition.HasKinds || !definitions.ContainsKey(name)) definitions[name] = definition;
        }
        // Of what is called alike the description here counts.
        foreach (var elsewhere in published.Remote.All.Select(r => r.Documents?.OpenApiV2).OfType<JsonMap>())
        {
            if (PathsOf(elsewhere.Map("paths")!) is { Length: > 0 } more) paths.Add(more);
            foreach (var (name, definition) in elsewhere.Map("definitions")!) definitions.TryAdd(name, (BodyOf(name, definition), false));
        }
        var bodies = definitions.Values.Select(d => d.Body).ToList();
        return wire ? OpenApiWire.Document(OpenApiDocuments.Info(), paths, bodies) : Json(paths, bodies);
    }

    private Piece PieceOf(string group, string version, Kind[] own)
    {
        if (pieces.TryGetValue((group, version), out var known) && known.Of.AsSpan().SequenceEqual(own)) return known;
        Interlocked.Increment(ref made);
        var (paths, definitions) = OpenApiDocuments.V2(own);
        var bodies = definitions.ToDictionary(d => d.Key, d => (BodyOf(d.Key, d.Value), ((JsonMap)d.Value).Has(OpenApiDocuments.KindsOfType)), StringComparer.Ordinal);
        return pieces[(group, version)] = new(own, PathsOf(paths), bodies);
    }

    private byte[] BodyOf(string name, Json definition) => wire ? OpenApiWire.Definition(name, (JsonMap)definition) : Member(name, definition);

    private byte[] PathsOf(JsonMap paths) => wire ? OpenApiWire.Paths(paths) : Encoding.UTF8.GetBytes(string.Join(',', paths.Select(p => Encoding.UTF8.GetString(Member(p.Key, p.Value)))));

    /// <summary>"name":value.</summary>
    private static byte[] Member(string name, Json value) => JsonWriter.ToUtf8(new JsonMap { { name, value } })[1..^1];

    private static byte[] Json(List<byte[]> paths, List<byte[]> definitions)
    {
        var writer = new ArrayBufferWriter<byte>(paths.Sum(p => p.Length + 1) + definitions.Sum(d => d.Length + 1) + 256);
        writer.Write("{\"swagger\":\"2.0\",\"info\":"u8);
        writer.Write(JsonWriter.ToUtf8(OpenApiDocuments.Info()));
        writer.Write(",\"paths\":{"u8);
        Joined(writer, paths);
        writer.Write("},\"definitions\":{"u8);
        Joined(writer, definitions);
        writer.Write("}}"u8);
        return writer.WrittenSpan.ToArray();
    }

    private static void Joined(ArrayBufferWriter<byte> writer, List<byte[]> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0) writer.Write(","u8);
            writer.Write(parts[i]);
        }
    }
}
