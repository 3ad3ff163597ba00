using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Kinds.Networking;
using MiniKube.Machinery;
using MiniKube.Network.Ingress;

namespace MiniKube.Network.Tests.Ingress;

/// <summary>Which endpoints a request of a case gets.</summary>
[TestFixture]
public sealed class RoutesTests
{
    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "Ingress", "Cases");

    public static IEnumerable<string> Cases() => System.IO.Directory.GetFiles(Directory, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n != "world").Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Cases))]
    public void Requests_go_where_the_case_says(string name)
    {
        var tree = Read(name);
        var routes = For(tree);
        foreach (var line in tree.Text("requests")!.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (request, wanted) = line.Trim().Split(" -> ") is [var left, var right] ? (left.Split(' ', 2), right) : throw new FormatException(line);
            Assert.That(Text(routes.Find(request[0], request[1]), request[1]), Is.EqualTo(wanted), line);
        }
    }

    [Test]
    public void Certificates_are_found_by_the_name_that_the_client_asks_for()
    {
        static Secret Made(string text) => new() { Type = "kubernetes.io/tls", Data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.ASCII.GetBytes(text), ["tls.key"] = [1] } };
        var ingress = KubeJson.FromTree<Kinds.Networking.Ingress>((JsonMap)YamlReader.Read("{metadata: {name: i, namespace: default}, spec: {tls: [{hosts: [a.example.com], secretName: one}, {hosts: ['*.example.com'], secretName: two}, {hosts: [b.example.com], secretName: gone}, {hosts: [c.example.com], secretName: bad}], rules: []}}"));
        var routes = RouteReading.For(new([ingress], (_, _) => null, (_, _) => [], (_, secret) => secret switch { "one" or "two" => Made(secret), "bad" => new() { Data = new Dictionary<string, byte[]>() }, _ => null }));
        string? Of(string? host) => routes.CertificateFor(host)?.Secret;
        Assert.That((Of("a.example.com"), Of("A.example.com"), Of("b.example.com"), Of("x.y.example.com"), Of(null)), Is.EqualTo(("default/one", "default/one", "default/two", (string?)null, (string?)null)));
    }

    [TestCase("{ingressClassName: minik}", "{}", ExpectedResult = true)]
    [TestCase("{ingressClassName: other}", "{}", ExpectedResult = false)]
    [TestCase("{ingressClassName: nginx}", "{}", ExpectedResult = false)]
    [TestCase("{}", "{}", ExpectedResult = true)]
    [TestCase("{}", "{kubernetes.io/ingress.class: nginx}", ExpectedResult = false)]
    [TestCase("{}", "{kubernetes.io/ingress.class: minik}", ExpectedResult = true)]
    public bool Ingresses_belong_to_their_class(string spec, string annotations) => IngressPlan.IsOurs(
        Item<Kinds.Networking.Ingress>($"{{metadata: {{name: i, namespace: default, annotations: {annotations}}}, spec: {spec}}}"),
        [Item<IngressClass>("{metadata: {name: minik, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}, spec: {controller: minik.io/ingress}}"), Item<IngressClass>("{metadata: {name: other}, spec: {controller: example.com/other}}")]);

    [TestCase("{}", true, true, ExpectedResult = """{"loadBalancer":{"ingress":[{"ip":"192.0.2.2"}]}}""")]
    [TestCase("{loadBalancer: {ingress: [{ip: 192.0.2.2}]}}", true, true, ExpectedResult = null)]
    [TestCase("{loadBalancer: {ingress: [{ip: 192.0.2.2}]}}", true, false, ExpectedResult = """{"loadBalancer":{}}""")]
    [TestCase("{loadBalancer: {ingress: [{ip: 192.0.2.2}]}}", false, true, ExpectedResult = """{"loadBalancer":{}}""")]
    [TestCase("{loadBalancer: {ingress: [{ip: 198.51.100.1}]}}", false, true, ExpectedResult = null)]
    public string? Status_says_where_it_is_served(string status, bool ours, bool listening) =>
        IngressPlan.For(new(Item<Kinds.Networking.Ingress>($"{{metadata: {{name: i, namespace: default, uid: u}}, spec: {{}}, status: {status}}}"), ours, "192.0.2.2", listening)).Actions.OfType<PlanAction.SetStatus>().SingleOrDefault()?.Status.ToString();

    private static Item<T> Item<T>(string yaml) where T : KubeObject => Resources.Of<T>().Item(JsonWriter.ToUtf8(YamlReader.Read(yaml)));

    private static string Text(Route? route, string path)
    {
        if (route is null) return "nothing";
        if (route.Target.Fault is { } fault) return fault;
        return $"{route.Target.Service} {string.Join(',', route.Target.Endpoints)}{(route.Rewritten(path) is { } other ? $" as {other}" : "")}{(route.Target.Speech == Speech.Http ? "" : $" by {route.Target.Speech}")}";
    }

    private static Routes For(JsonMap tree)
    {
        var world = Read("world");
        var services = world.List("services")!.Maps().Select(s => KubeJson.FromTree<Service>(s)).ToDictionary(s => (s.Metadata.Namespace!, s.Metadata.Name!));
        var slices = world.List("slices")!.Maps().Select(s => KubeJson.FromTree<EndpointSlice>(s)).ToLookup(s => (s.Metadata.Namespace!, s.Metadata.Labels!["kubernetes.io/service-name"]));
        return RouteReading.For(new([.. tree.List("ingresses")!.Maps().Select(i => KubeJson.FromTree<Kinds.Networking.Ingress>(i))], (ns, service) => services.GetValueOrDefault((ns, service)), (ns, service) => [.. slices[(ns, service)]], (_, _) => null));
    }

    private static JsonMap Read(string name) => (JsonMap)YamlReader.Read(File.ReadAllText(Path.Combine(Directory, $"{name}.yaml")));
}
