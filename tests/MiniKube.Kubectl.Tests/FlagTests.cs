namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class FlagTests
{
    private static readonly FlagSpec[] Specs =
    [
        FlagSpec.Text("output", "", 'o'), FlagSpec.Text("namespace", "", 'n'), FlagSpec.Switch("stdin", "", 'i'), FlagSpec.Switch("tty", "", 't'), FlagSpec.Switch("wait", "", on: true),
        FlagSpec.Number("tail", "", -1), FlagSpec.List("filename", "", 'f'), FlagSpec.Many("literal", ""), FlagSpec.Duration("timeout", ""), CommonFlags.DryRun,
    ];

    private static Words Parse(string line) => FlagParser.Parse(Specs, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "kubectl get");

    [TestCase("-oyaml", "output", "yaml")]
    [TestCase("-o=yaml", "output", "yaml")]
    [TestCase("-o yaml", "output", "yaml")]
    [TestCase("--output=a=b", "output", "a=b")]
    [TestCase("--output a --output b", "output", "b")]
    [TestCase("-it", "tty", "true")]
    [TestCase("-itn x", "namespace", "x")]
    [TestCase("--wait=false", "wait", "false")]
    [TestCase("", "wait", "true")]
    [TestCase("--tail -1", "tail", "-1")]
    [TestCase("--dry-run", "dry-run", "unchanged")]
    [TestCase("--dry-run=server", "dry-run", "server")]
    public void Values_are_found_however_they_are_written(string line, string flag, string value) => Assert.That(Parse(line).Text(flag), Is.EqualTo(value));

    [Test]
    public void Lists_are_divided_and_others_are_not()
    {
        var words = Parse("-f a,b -f c --literal=x=1,2 --literal y");
        Assert.That((words.All("filename"), words.All("literal")), Is.EqualTo(((string[])["a", "b", "c"], (string[])["x=1,2", "y"])).Using<(IReadOnlyList<string>, IReadOnlyList<string>)>((x, y) => x.Item1.SequenceEqual(y.Item1) && x.Item2.SequenceEqual(y.Item2)));
    }

    [Test]
    public void After_a_double_dash_nothing_is_a_flag()
    {
        var words = Parse("pod -i -- ls -la");
        Assert.That((words.Arguments.Count, words.BeforeDash, words.Arguments[2]), Is.EqualTo((3, 1, "-la")));
    }

    [TestCase("--bogus", "unknown flag: --bogus")]
    [TestCase("-z", "unknown shorthand flag: 'z' in -z")]
    [TestCase("-n", "flag needs an argument: 'n' in -n")]
    [TestCase("--output", "flag needs an argument: --output")]
    [TestCase("--tail x", "invalid argument \"x\" for \"--tail\" flag: strconv.ParseInt: parsing \"x\": invalid syntax")]
    [TestCase("--wait=maybe", "invalid argument \"maybe\" for \"--wait\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax")]
    public void Mistakes_are_told_of_as_pflag_does(string line, string message) =>
        Assert.That(() => Parse(line), Throws.TypeOf<Failure>().With.Message.EqualTo($"{message}\nSee 'kubectl get --help' for usage."));

    [TestCase("1h30m", "1h30m0s")]
    [TestCase("90s", "1m30s")]
    [TestCase("1.5s", "1.5s")]
    [TestCase("300ms", "300ms")]
    [TestCase("0", "0s")]
    [TestCase("-1m", "-1m0s")]
    public void Durations_are_read_and_written_as_Go_does(string text, string shown) => Assert.That(GoDuration.Text(GoDuration.Parse(text)!.Value), Is.EqualTo(shown));

    [TestCase("5")]
    [TestCase("x")]
    [TestCase("")]
    [TestCase("5y")]
    public void What_is_no_duration_is_none(string text) => Assert.That(GoDuration.Parse(text), Is.Null);

    [TestCase("get pods -n x", "kubectl get", "pods -n x")]
    [TestCase("-n x get pods", "kubectl get", "-n x pods")]
    [TestCase("--context c get", "kubectl get", "--context c")]
    [TestCase("apply view-last-applied cm a", "kubectl apply view-last-applied", "cm a")]
    [TestCase("apply -f a", "kubectl apply", "-f a")]
    public void Commands_are_found_among_flags(string line, string path, string left)
    {
        var found = VerbFinder.Find(line.Split(' '));
        Assert.That((found.Path, string.Join(' ', found.Left)), Is.EqualTo((path, left)));
    }

    [Test]
    public void Every_flag_of_every_command_has_one_name_and_one_letter()
    {
        static IEnumerable<Verb> Below(Verb verb) => verb.Verbs.SelectMany(Below).Prepend(verb);
        foreach (var verb in VerbCatalog.All.SelectMany(Below))
        {
            Assert.That(verb.Flags.Select(f => f.Name), Is.Unique, verb.Name);
            Assert.That(verb.Flags.Where(f => f.Short is not null).Select(f => f.Short), Is.Unique, verb.Name);
            Assert.That(verb.Run is not null || verb.Verbs.Count > 0, verb.Name);
        }
    }
}
