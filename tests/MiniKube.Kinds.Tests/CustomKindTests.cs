using MiniKube.Kinds.Apiextensions;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class CustomKindTests
{
    private static Kind Compile(string schema, string extra = "") => CustomKinds.Compile(JsonReader.ParseMap(
        $$$"""
        {"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},
        "versions":[{"name":"v1","served":true,"storage":true{{{extra}}},"schema":{"openAPIV3Schema":{{{schema}}} } }]}}
        """)).Single();

    private static string[] Faults(Kind kind, string body)
    {
        var tree = JsonReader.ParseMap(body);
        tree.Set("metadata", new JsonMap { { "name", "w" }, { "namespace", "n" } });
        Assert.That(Decoding.Apply(kind, tree), Is.Null);
        Defaulting.Apply(kind, tree);
        return [.. ObjectRules.Create(kind, tree).Select(e => $"{e.Path}: {e.Message}")];
    }

    private const string Schema = """
        {"type":"object","required":["spec"],"properties":{"spec":{"type":"object","required":["size"],"properties":{
        "size":{"type":"integer","minimum":1,"maximum":10},"color":{"type":"string","enum":["red","blue"],"default":"red"},
        "code":{"type":"string","pattern":"^[a-z]+$","maxLength":3},"port":{"x-kubernetes-int-or-string":true},
        "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],"maxItems":2,
        "items":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}},
        "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"labels":{"type":"object","additionalProperties":{"type":"string"}},
        "one":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"oneOf":[{"required":["a"]},{"required":["b"]}]}}}}}
        """;

    [TestCase("""{"spec":{"size":3}}""")]
    [TestCase("""{"spec":{}}""", "spec.size: Required value")]
    [TestCase("""{}""", "spec: Required value")]
    [TestCase("""{"spec":{"size":"3"}}""", "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"")]
    [TestCase("""{"spec":{"size":0}}""", "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1")]
    [TestCase("""{"spec":{"size":11}}""", "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10")]
    [TestCase("""{"spec":{"size":1,"color":"green"}}""", "spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\"")]
    [TestCase("""{"spec":{"size":1,"code":"A"}}""", "spec.code: Invalid value: \"A\": spec.code in body should match '^[a-z]+$'")]
    [TestCase("""{"spec":{"size":1,"code":"abcd"}}""", "spec.code: Too long: may not be more than 3 bytes")]
    [TestCase("""{"spec":{"size":1,"port":true}}""", "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"")]
    [TestCase("""{"spec":{"size":1,"parts":[{"id":"a"},{"id":"a"}]}}""", "spec.parts[1]: Duplicate value: {\"id\":\"a\"}")]
    [TestCase("""{"spec":{"size":1,"parts":[{"id":"a"},{"id":"b"},{"id":"c"}]}}""", "spec.parts: Too many: 3: must have at most 2 items")]
    [TestCase("""{"spec":{"size":1,"labels":{"a":1}}}""", "spec.labels.a: Invalid value: \"integer\": spec.labels.a in body must be of type string: \"integer\"")]
    [TestCase("""{"spec":{"size":1,"one":{}}}""", "spec.one.a: Required value",
        "spec.one: Invalid value: {}: \"spec.one\" must validate one and only one schema (oneOf). Found none valid")]
    public void Objects_are_held_to_the_schema(string body, params string[] faults) =>
        Assert.That(Faults(Compile(Schema), body), Is.EqualTo(faults));

    [Test]
    public void Objects_are_pruned_and_defaulted()
    {
        var kind = Compile(Schema);
        var tree = JsonReader.ParseMap("""{"spec":{"size":1,"other":2,"color":null,"free":{"x":{"y":1}}},"more":true,"metadata":{"name":"w","extra":1}}""");
        var unknown = new List<string>();
        Decoding.Apply(kind, tree, unknown);
        Defaulting.Apply(kind, tree);
        Assert.Multiple(() =>
        {
            Assert.That(unknown, Is.EqualTo(new[] { "spec.other", "more", "metadata.extra" }));
            Assert.That(tree.SameAs(JsonReader.Parse("""{"spec":{"size":1,"color":"red","free":{"x":{"y":1}}},"metadata":{"name":"w"}}""")), Is.True, tree.ToString());
        });
    }

    [Test]
    public void An_update_is_not_blamed_for_what_was_there()
    {
        var kind = Compile(Schema);
        var old = JsonReader.ParseMap("""{"spec":{"size":99,"code":"A"},"metadata":{"name":"w","namespace":"n"}}""");
        var next = JsonReader.ParseMap("""{"spec":{"size":99,"code":"B"},"metadata":{"name":"w","namespace":"n"}}""");
        Assert.That(ObjectRules.Update(kind, next, old).Select(e => e.Path), Is.EqualTo(new[] { "spec.code" }));
    }

    [Test]
    public void Columns_come_from_paths()
    {
        var kind = Compile(Schema, """
            ,"subresources":{"status":{},"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size"}},"selectableFields":[{"jsonPath":".spec.color"}],
            "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},
            {"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"},{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp","priority":1}]
            """);
        var now = new DateTimeOffset(2026, 1, 1, 0, 5, 0, TimeSpan.Zero);
        var tree = JsonReader.ParseMap("""
            {"metadata":{"name":"w","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"size":3,"color":"red"},
            "status":{"conditions":[{"type":"Other","status":"x"},{"type":"Ready","status":"True"}]}}
            """);
        Assert.Multiple(() =>
        {
            Assert.That(kind.Columns.Select(c => c.Cell(tree, now).ToString()), Is.EqualTo(new[] { "\"w\"", "3", "\"True\"", "\"5m\"" }));
            Assert.That(kind.Subresources.Select(s => s.Name), Is.EqualTo(new[] { "scale", "status" }));
            Assert.That(kind.SelectableFields.Single().Read(tree), Is.EqualTo("red"));
        });
    }

    private const string Ruled = """
        {"type":"object","properties":{"spec":{"type":"object","x-kubernetes-validations":[
        {"rule":"self.min <= self.max","message":"min must not exceed max"},
        {"rule":"self.max < 100","messageExpression":"'max is ' + string(self.max)","reason":"FieldValueForbidden","fieldPath":".max"},
        {"rule":"self.x__dash__y == 'a' || self.x__dash__y == 'b'"}],
        "properties":{"min":{"type":"integer"},"max":{"type":"integer"},"x-y":{"type":"string","default":"a"},
        "name":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf","message":"name is immutable"}]}}}}}
        """;

    [TestCase("""{"spec":{"min":1,"max":2}}""")]
    [TestCase("""{"spec":{"min":3,"max":2}}""", "spec: Invalid value: \"object\": min must not exceed max")]
    [TestCase("""{"spec":{"min":1,"max":200}}""", "spec.max: Forbidden: max is 200")]
    [TestCase("""{"spec":{"min":1,"max":2,"x-y":"c"}}""", "spec: Invalid value: \"object\": failed rule: self.x__dash__y == 'a' || self.x__dash__y == 'b'")]
    [TestCase("""{"spec":{"min":1}}""", "spec: Invalid value: \"object\": no such key: max evaluating rule: min must not exceed max",
        "spec.max: Invalid value: \"object\": no such key: max evaluating rule: self.max < 100")]
    public void Rules_are_run(string body, params string[] faults) => Assert.That(Faults(Compile(Ruled), body), Is.EqualTo(faults));

    [Test]
    public void Rules_about_changes_see_the_old_object()
    {
        var kind = Compile(Ruled);
        JsonMap Named(string name) => JsonReader.ParseMap($$$"""{"spec":{"min":1,"max":2,"x-y":"a","name":"{{{name}}}"},"metadata":{"name":"w","namespace":"n"}}""");
        Assert.Multiple(() =>
        {
            Assert.That(ObjectRules.Create(kind, Named("a")), Is.Empty);
            Assert.That(ObjectRules.Update(kind, Named("a"), Named("a")), Is.Empty);
            Assert.That(ObjectRules.Update(kind, Named("b"), Named("a")).Select(e => $"{e.Path}: {e.Message}"),
                Is.EqualTo(new[] { "spec.name: Invalid value: \"string\": name is immutable" }));
        });
    }
}
