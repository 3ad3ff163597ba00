using MiniKube.Kinds;
using MiniKube.Machinery;
using MiniKube.Server.OpenApi;

namespace MiniKube.Server.Tests;

/// <summary>The description of the API in version 2, put together from pieces.</summary>
[TestFixture]
public sealed class OpenApiTests
{
    private static KindRegistry Registry(params Kind[] more) => new([.. BuiltInKinds.All, .. more]);

    private static readonly Kind Custom = BuiltInKinds.All.First(k => k.Name == "ConfigMap") with { Group = "example.com", Version = "v1", Name = "Widget", Plural = "widgets", ListName = "WidgetList" };

    [Test]
    public void Every_reference_leads_to_a_definition_and_every_kind_is_named_once()
    {
        var document = JsonReader.ReadMap(new OpenApiV2(wire: false).Document(Registry()));
        var definitions = document.Map("definitions")!;
        Assert.That(References(document).Where(r => !definitions.Has(r["#/definitions/".Length..])).Distinct(), Is.Empty);
        var kinds = definitions.SelectMany(d => ((JsonMap)d.Value).List(OpenApiDocuments.KindsOfType)?.Maps() ?? []).Select(m => m.ToString()).ToList();
        Assert.That(kinds, Is.Unique);
        var served = BuiltInKinds.All.Where(k => !k.Hidden).Select(k => $"{k.Group}/{k.Version}/{k.Name}").ToHashSet();
        var named = definitions.SelectMany(d => ((JsonMap)d.Value).List(OpenApiDocuments.KindsOfType)?.Maps() ?? []).Select(m => $"{m.Text("group")}/{m.Text("version")}/{m.Text("kind")}").ToHashSet();
        Assert.That(served.Except(named), Is.Empty);
        Assert.That(definitions.Keys, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_new_kind_costs_the_piece_of_its_group_and_no_other(bool wire)
    {
        var (grown, fresh) = (new OpenApiV2(wire), new OpenApiV2(wire));
        var before = grown.Document(Registry());
        var made = grown.Made;
        var with = grown.Document(Registry(Custom));
        Assert.That(grown.Made, Is.EqualTo(made + 1));
        Assert.That(with, Is.EqualTo(fresh.Document(Registry(Custom))).And.Not.EqualTo(before));
        Assert.That(grown.Document(Registry()), Is.EqualTo(before));
        Assert.That(grown.Made, Is.EqualTo(made + 1), "what goes costs nothing");
    }

    private static IEnumerable<string> References(Json json) => json switch
    {
        JsonMap map => map.SelectMany(m => m is { Key: "$ref", Value: JsonText to } ? [to.Value] : References(m.Value)),
        JsonList list => list.SelectMany(References),
        _ => [],
    };
}
