using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

/// <summary>What JSON has among the members of a message, protobuf has in a message of its own.</summary>
[TestFixture]
public sealed class WireTests
{
    [Test]
    public void Embedded_messages_are_members_of_the_outer_one()
    {
        var volume = Part(1, Text("host-root")).Concat(Part(2, Part(1, Part(1, Text("/")))));
        var config = Part(1, Text("m")).Concat(Part(2, Part(19, Part(1, Part(1, Text("named"))))));
        var probe = Part(1, Part(3, Part(1, Whole(2, 80).Concat(Whole(1, 0))))).Concat(Whole(4, 7));
        var variable = Part(1, Text("A")).Concat(Part(3, Part(4, Part(1, Part(1, Text("s"))).Concat(Part(2, Text("k"))))));
        var container = Part(1, Text("c")).Concat(Part(7, variable)).Concat(Part(10, probe));
        var common = Part(1, Part(1, Text("dbg"))).Concat(Part(2, Text("c")));
        var pod = Part(2, Part(1, volume).Concat(Part(1, config)).Concat(Part(2, container)).Concat(Part(34, common)));
        var kind = BuiltInKinds.All.Single(k => k.Collection == "pods");
        var spec = WireReader.Read(pod.ToArray(), kind.Schema.Value, FieldNumbers.Of).Map("spec")!;
        Assert.That(JsonWriter.ToText(spec), Is.EqualTo("""{"volumes":[{"name":"host-root","hostPath":{"path":"/"}},{"name":"m","configMap":{"name":"named"}}],"containers":[{"name":"c","env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],"livenessProbe":{"tcpSocket":{"port":80},"periodSeconds":7}}],"ephemeralContainers":[{"name":"dbg","targetContainerName":"c"}]}"""));
    }

    /// <summary>Upstream's message definitions spell some members differently from its JSON; what is read must land under the JSON name.</summary>
    [Test]
    public void Numbers_name_fields_as_json_does()
    {
        var (seen, strays) = (new HashSet<string>(), new List<string>());
        foreach (var kind in BuiltInKinds.All) Walk(kind.Schema.Value);
        Assert.That(seen, Has.Count.GreaterThan(300));
        Assert.That(strays, Is.Empty);

        void Walk(Schema schema)
        {
            if (schema.TypeName is { } name)
            {
                if (!seen.Add(name)) return;
                foreach (var (_, field) in FieldNumbers.Of(name) ?? new Dictionary<int, string>())
                    if (schema.Fields[field] is null && schema.Fields.All.FirstOrDefault(f => f.Name.Equals(field, StringComparison.OrdinalIgnoreCase)) is { } meant) strays.Add($"{name}: {field} is {meant.Name}");
            }
            foreach (var field in schema.Fields.All) Walk(field.Schema.Value);
            if (schema.Items is { } items) Walk(items.Value);
            if (schema.Values is { } values) Walk(values.Value);
        }
    }

    private static IEnumerable<byte> Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static IEnumerable<byte> Part(int number, IEnumerable<byte> content) => [.. Varint(number << 3 | 2), .. Varint(content.Count()), .. content];

    private static IEnumerable<byte> Whole(int number, int value) => [.. Varint(number << 3), .. Varint(value)];

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
