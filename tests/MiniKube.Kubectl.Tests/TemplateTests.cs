using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class TemplateTests
{
    private static IEnumerable<TestCaseData> Pairs(string folder) =>
        from file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases", folder)).Order(StringComparer.Ordinal)
        let documents = CaseFiles.Documents(file)
        from pair in (JsonMap)documents[1]
        select new TestCaseData(documents[0], pair.Key, ((JsonText)pair.Value).Value).SetArgDisplayNames(pair.Key.Replace("\n", "\\n"));

    [TestCaseSource(nameof(Pairs), ["jsonpath"])]
    public void Paths_find_what_kubectl_finds(Json data, string template, string expected) =>
        Assert.That(JsonPathTemplate.Parse(template).Run(data), Is.EqualTo(expected));

    [TestCaseSource(nameof(Pairs), ["gotemplate"])]
    public void Go_templates_say_what_Go_says(Json data, string template, string expected) =>
        Assert.That(GoTemplate.Parse(template).Run(data, strict: false), Is.EqualTo(expected));

    [TestCase("{.items[0}", "unterminated array")]
    [TestCase("{.items", "unclosed action")]
    [TestCase("{range .items[*]}x", "unclosed range")]
    [TestCase("{end}", "not in range")]
    public void A_wrong_path_is_told_of(string template, string why) =>
        Assert.That(() => JsonPathTemplate.Parse(template), Throws.TypeOf<Failure>().With.Message.Contains(why));

    [TestCase("{{.x", "unclosed action")]
    [TestCase("{{if .x}}", "unexpected EOF")]
    [TestCase("{{end}}", "unexpected {{end}}")]
    public void A_wrong_template_is_told_of(string template, string why) =>
        Assert.That(() => GoTemplate.Parse(template), Throws.TypeOf<Failure>().With.Message.Contains(why));

    [Test]
    public void What_is_missing_fails_when_it_must_not_be_missing() =>
        Assert.That(() => JsonPathTemplate.Parse("{.a.b}", strict: true).Run(JsonReader.Parse("""{"a":{}}""")), Throws.TypeOf<Failure>().With.Message.Contains("b is not found"));

    [Test]
    public void Custom_columns_show_what_paths_find() =>
        Assert.That(CustomColumns.Parse("NAME:.metadata.name,PORTS:spec.ports[*],L:.metadata.labels", headers: true)
            .Print([JsonReader.ParseMap("""{"metadata":{"name":"a","labels":{"k":"v"}},"spec":{"ports":[1,2]}}"""), JsonReader.ParseMap("""{"metadata":{"name":"bbbbbb"}}""")]),
            Is.EqualTo("NAME     PORTS    L\na        1,2      map[k:v]\nbbbbbb   <none>   <none>\n"));
}
