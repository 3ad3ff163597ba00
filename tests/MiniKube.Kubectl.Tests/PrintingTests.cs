using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class PrintingTests
{
    [TestCaseSource(typeof(CaseFiles), nameof(CaseFiles.In), ["yaml"])]
    public void Yaml_is_written_as_kubectl_writes_it(string file)
    {
        var text = File.ReadAllText(file);
        Assert.That(GoYaml.Write(YamlReader.Read(text)), Is.EqualTo(text));
    }

    [Test]
    public void Json_is_sorted_and_escaped_as_Go_does() =>
        Assert.That(GoJson.Indented(JsonReader.Parse("""{"b":[1,{}],"a":"<x>&\n\u0001","c":1.50}""")),
            Is.EqualTo("{\n    \"a\": \"\\u003cx\\u003e\\u0026\\n\\u0001\",\n    \"b\": [\n        1,\n        {}\n    ],\n    \"c\": 1.5\n}"));

    [Test]
    public void Columns_are_as_wide_as_the_lines_in_a_row_that_have_them() =>
        Assert.That(TabText.Describe("Name:\tx\nA:\tb\tc\nAlone\n  Longer name:\ty\n"), Is.EqualTo("Name:  x\nA:     b  c\nAlone\n  Longer name:  y\n"));

    [Test]
    public void Tables_remember_how_wide_they_were()
    {
        var table = new TablePrinter(new TableOptions());
        var type = new ApiResource("", "v1", "pods", "pod", "Pod", true);
        JsonMap Rows(string name) => JsonReader.ParseMap($$"""{"columnDefinitions":[{"name":"Name"},{"name":"Ready"},{"name":"IP","priority":1}],"rows":[{"cells":["{{name}}","1/1","x"]}]}""");
        Assert.That(table.Print(Rows("a-long-name"), type) + table.Print(Rows("b"), type), Is.EqualTo("NAME          READY\na-long-name   1/1\nb             1/1\n"));
    }

    [Test]
    public void A_table_may_name_kinds_namespaces_and_labels()
    {
        var table = new TablePrinter(new TableOptions { WithKind = true, WithNamespace = true, ShowLabels = true, LabelColumns = ["x.io/tier"] });
        var rows = JsonReader.ParseMap("""{"columnDefinitions":[{"name":"Name"}],"rows":[{"cells":["web"],"object":{"metadata":{"namespace":"ns","labels":{"b":"2","a":"1","x.io/tier":"t"}}}}]}""");
        Assert.That(table.Print(rows, new ApiResource("apps", "v1", "deployments", "deployment", "Deployment", true)),
            Is.EqualTo("NAMESPACE   NAME                  TIER   LABELS\nns          deployment.apps/web   t      a=1,b=2,x.io/tier=t\n"));
    }

    [Test]
    public void Numbers_in_names_count_as_numbers() =>
        Assert.That(new[] { "x10", "b", "x9", "a-1", "a1" }.Order(NaturalOrder.Instance), Is.EqualTo((string[])["a-1", "a1", "b", "x9", "x10"]));
}
