using System.Xml.Linq;

namespace MiniKube.Host.Tests.House;

/// <summary>Which project may see which. A new arrow is a decision: make it here first.</summary>
[TestFixture]
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Machinery"] = [],
        ["Kinds"] = ["Machinery"],
        ["Store"] = ["Machinery"],
        ["Server"] = ["Kinds", "Store"],
        ["ControlLoop"] = ["Kinds"],
        ["Controllers"] = ["ControlLoop"],
        ["Scheduler"] = ["ControlLoop"],
        ["Kubelet"] = ["ControlLoop"],
        ["Network"] = ["ControlLoop"],
        ["Kubectl"] = ["ControlLoop"],
        ["Engines"] = ["Kubelet"],
        ["Host"] = ["Server", "Controllers", "Scheduler", "Kubelet", "Engines", "Network", "Kubectl"],
    };

    [Test]
    public void No_project_refers_to_one_it_may_not_see()
    {
        var wrong = new List<string>();
        foreach (var project in Directory.EnumerateFiles(Path.Combine(Tree.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            var name = Path.GetFileNameWithoutExtension(project)["MiniKube.".Length..];
            if (!Allowed.TryGetValue(name, out var allowed))
            {
                wrong.Add($"{name} is not in the plan");
                continue;
            }
            wrong.AddRange(XDocument.Load(project).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))["MiniKube.".Length..])
                .Where(r => !allowed.Contains(r)).Select(r => $"{name} → {r}"));
        }
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Every_room_of_the_plan_is_there() =>
        Assert.That(Allowed.Keys.Where(n => !Directory.Exists(Path.Combine(Tree.Root, "src", $"MiniKube.{n}"))), Is.Empty);

    [Test]
    public void Only_the_server_sees_the_store()
    {
        var users = Tree.Sources("src").Where(f => !Tree.Relative(f).StartsWith("src/MiniKube.Store/", StringComparison.Ordinal)
                && !Tree.Relative(f).StartsWith("src/MiniKube.Server/", StringComparison.Ordinal) && !Tree.Relative(f).StartsWith("src/MiniKube.Host/", StringComparison.Ordinal))
            .Where(f => File.ReadAllText(f).Contains("using MiniKube.Store;", StringComparison.Ordinal));
        Assert.That(users.Select(Tree.Relative), Is.Empty);
    }
}
