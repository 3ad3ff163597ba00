using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>
/// Every kind × every verb people use on it, with the oldest and the newest kubectl there is. EveryKind.txt is the record of what
/// works; MINIK_RECORD=1 writes it anew.
/// </summary>
[TestFixture]
public sealed partial class EveryKindTests
{
    private static readonly string[] Verbs = ["create", "get", "describe", "explain", "apply", "edit", "patch", "label", "delete"];
    private static readonly string Folder = Path.Combine(MinikProcess.Root(), "tests", "MiniKube.E2E.Tests", "Api");

    private MinikProcess minik = null!;
    private string manifests = "";
    private IReadOnlyList<(string ApiVersion, string Kind, string Name)> kinds = [];

    [SetUp]
    public async Task Start()
    {
        minik = await MinikProcess.Start("--runtime", "none");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=e", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var text = (await File.ReadAllTextAsync(Path.Combine(Folder, "EveryKind.yaml"))).Replace("REQUEST", Convert.ToBase64String(Encoding.ASCII.GetBytes(request)), StringComparison.Ordinal);
        manifests = Path.Combine(minik.Directory, "every.yaml");
        await File.WriteAllTextAsync(manifests, text);
        kinds = [.. Declared().Matches(text).Select(m => (m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value))];
    }

    [TearDown]
    public async Task Stop() => await minik.DisposeAsync();

    public static IEnumerable<string> Programs() => new[] { KubectlVersions.All[0], KubectlVersions.All[^1] }.Distinct();

    [Test, NonParallelizable]
    public async Task The_record_holds([ValueSource(nameof(Programs))] string program)
    {
        var done = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var refused = new StringBuilder();
        void Note(string verb, IEnumerable<string> names)
        {
            foreach (var name in names)
                (done.TryGetValue(name, out var verbs) ? verbs : done[name] = new(StringComparer.Ordinal)).Add(verb);
        }
        async Task All(string verb, string more, string says, params (string, string)[] environment)
        {
            var output = await Shell.Run(program, $"{verb} -f {manifests} {more}", null, [("KUBECONFIG", minik.Kubeconfig), ("HOME", minik.Directory), .. environment]);
            Note(verb, output.Text.Split('\n').Where(l => l.Contains(says, StringComparison.Ordinal)).Select(Named));
            if (output.Code != 0) refused.Append(output.Errors);
        }

        await All("create", "", " created");
        await All("get", "-o name", "/");
        var names = (await Shell.Run(program, $"get -f {manifests} -o name", null, ("KUBECONFIG", minik.Kubeconfig), ("HOME", minik.Directory))).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(names, Has.Length.EqualTo(kinds.Count), refused.ToString());
        await Parallel.ForEachAsync(kinds.Zip(names), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (pair, _) =>
        {
            var (kind, name) = pair;
            var described = await minik.Kubectl($"describe {name}", null, program);
            var explained = await minik.Kubectl($"explain {kind.Kind.ToLowerInvariant()} --api-version={kind.ApiVersion}", null, program);
            lock (done)
            {
                if (described.Text.Contains($"Name:", StringComparison.Ordinal) && described.Text.Contains(kind.Name, StringComparison.Ordinal) || TooNew(described)) Note("describe", [Named(name)]);
                else refused.Append(described.Errors);
                if (explained.Text.Contains(kind.Kind, StringComparison.Ordinal) && explained.Text.Contains("metadata", StringComparison.Ordinal)) Note("explain", [Named(name)]);
                else refused.Append(explained.Errors);
            }
        });
        await All("apply", "", " configured");
        await All("patch", "--type merge -p '{\"metadata\":{\"labels\":{\"edited\":\"one\"}}}'", " patched");
        await All("edit", "", " edited", ("KUBE_EDITOR", "sed -i s/edited:.one/edited:\\ two/"));
        await All("label", "l=1", " labeled");
        await All("delete", "--wait=false", " deleted");

        var table = Table(done);
        var record = Path.Combine(Folder, "EveryKind.txt");
        if (Environment.GetEnvironmentVariable("MINIK_RECORD") is not null) await File.WriteAllTextAsync(record, table);
        Assert.That(table, Is.EqualTo(await File.ReadAllTextAsync(record)), refused.ToString());
    }

    /// <summary>Describers that ask for a version of the API that came and went before this one are kubectl's affair.</summary>
    private static bool TooNew(Output output) => output.Errors.Contains("the server could not find the requested resource", StringComparison.Ordinal);

    private static string Named(string line) => line.Split(' ')[0] is var name && name.Length > 0 && !name.StartsWith("warning", StringComparison.OrdinalIgnoreCase) ? Deleted().Replace(line, "$1/$2").Split(' ')[0] : "";

    private static string Table(Dictionary<string, HashSet<string>> done)
    {
        var width = done.Keys.Max(k => k.Length) + 2;
        var text = new StringBuilder("".PadRight(width)).AppendJoin(' ', Verbs).Append('\n');
        foreach (var (name, verbs) in done.Where(d => d.Key.Length > 0).OrderBy(d => d.Key, StringComparer.Ordinal))
            text.Append((name.PadRight(width) + string.Join(' ', Verbs.Select(v => (verbs.Contains(v) ? "yes" : "NO").PadRight(v.Length)))).TrimEnd()).Append('\n');
        return text.ToString();
    }

    [GeneratedRegex(@"apiVersion: ([\w./]+), kind: (\w+), metadata: \{name: ([\w.-]+)")]
    private static partial Regex Declared();

    // delete says: pod "e" deleted, since lately with where it was.
    [GeneratedRegex("^(\\S+) \"([^\"]+)\".*")]
    private static partial Regex Deleted();
}
