using MiniKube.Machinery.Cel;

namespace MiniKube.Machinery.Tests.Cel;

public sealed class CelTests
{
    private static object? Run(string expression, string self = "null")
    {
        var (program, fault) = CelProgram.Compile(expression, new Dictionary<string, Schema?> { ["self"] = null });
        Assert.That(fault, Is.Null);
        return program!.Run(new Dictionary<string, object?> { ["self"] = CelValues.FromJson(JsonReader.Parse(self), null) });
    }

    // Expressions that are true.
    [TestCase("1 + 2 * 3 == 7 && -7 / 2 == -3 && -7 % 3 == -1 && 7.0 / 2.0 == 3.5")]
    [TestCase("1 == 1.0 && 1u == 1 && 1 < 1.5 && 2u > 1 && !(1 == 2)")]
    [TestCase("'a' + \"b\" == 'ab' && r'\\n' == '\\\\n' && '''x'y''' == \"x'y\" && 'caf\\u00e9'.size() == 4")]
    [TestCase("[1, 2] + [3] == [1, 2, 3] && 2 in [1, 2] && !(5 in [1])")]
    [TestCase("{'a': 1}.a == 1 && {'a': 1}['a'] == 1 && 'a' in {'a': 1} && {1: 'x'}[1u] == 'x'")]
    [TestCase("true || 1 / 0 == 1")]
    [TestCase("1 / 0 == 1 || true")]
    [TestCase("!(false && 1 / 0 == 1)")]
    [TestCase("true ? 1 == 1 : 1 / 0 == 1")]
    [TestCase("[1, 2, 3].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2, 2].exists_one(x, x == 1)")]
    [TestCase("[1, 2, 3].map(x, x * 2) == [2, 4, 6] && [1, 2, 3].filter(x, x > 1) == [2, 3] && [1, 2, 3].map(x, x > 1, x + 1) == [3, 4]")]
    [TestCase("{'a': 1, 'b': 2}.all(k, k.size() == 1) && [5, 6].all(i, v, v == i + 5)")]
    [TestCase("['x', 'y'].transformList(i, v, v + string(i)) == ['x0', 'y1']")]
    [TestCase("has({'a': 1}.a) && !has({'a': 1}.b)")]
    [TestCase("size('abc') == 3 && [1].size() == 1 && 'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c') && 'abc'.matches('^a.c$')")]
    [TestCase("int('42') == 42 && string(42) == '42' && double('1.5') == 1.5 && uint(3) == 3u && bool('true') && type(1) == int")]
    [TestCase("timestamp('2026-01-02T03:04:05Z').getFullYear() == 2026 && timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')")]
    [TestCase("duration('90m') > duration('1h') && duration('1h').getMinutes() == 60 && duration('1.5s') == duration('1500ms')")]
    [TestCase("'hello world'.split(' ') == ['hello', 'world'] && ['a', 'b'].join('-') == 'a-b' && 'abc'.substring(1) == 'bc' && 'abc'.substring(0, 2) == 'ab'")]
    [TestCase("'ABC'.lowerAscii() == 'abc' && ' x '.trim() == 'x' && 'aXbX'.replace('X', '-', 1) == 'a-bX' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3 && 'abc'.charAt(1) == 'b'")]
    [TestCase("'%s is %d and %.2f, 100%%'.format(['x', 7, 1.5]) == 'x is 7 and 1.50, 100%'")]
    [TestCase("[1, 2, 3].isSorted() && [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3 && [1, 2, 1].lastIndexOf(1) == 2")]
    [TestCase("sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])")]
    [TestCase("'abc 123'.find('[0-9]+') == '123' && 'a1b2'.findAll('[0-9]') == ['1', '2']")]
    [TestCase("url('https://h.example:8080/p?q=1').getHostname() == 'h.example' && url('https://h.example:8080/p?q=1').getPort() == '8080' && isURL('https://x') && !isURL('nope')")]
    [TestCase("quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('500m').add(quantity('500m')).compareTo(quantity('1')) == 0 && isQuantity('10Mi') && !isQuantity('10mi')")]
    [TestCase("ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('10.0.0') && cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && ip.isCanonical('10.0.0.1')")]
    [TestCase("!format.dns1123Label().validate('good').hasValue() && format.dns1123Label().validate('Bad_').hasValue() && format.named('uuid').hasValue()")]
    [TestCase("semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && semver('1.2.3').minor() == 2 && isSemver('v1.0', true)")]
    [TestCase("optional.of(1).value() == 1 && optional.none().orValue(5) == 5 && !optional.ofNonZeroValue('').hasValue() && {'a': 1}.?b.orValue(2) == 2 && [1][?3].orValue(9) == 9")]
    [TestCase("optional.of(2).optMap(x, x * 2).value() == 4 && cel.bind(x, 3, x + x) == 6 && [?optional.none(), 1] == [1]")]
    [TestCase("'\\u00fc'.size() == 1 && b'ab' == bytes('ab') && 0x1F == 31 && 1e3 == 1000.0")]
    public void Holds(string expression) => Assert.That(Run(expression), Is.EqualTo(true));

    [TestCase("1 / 0", "division by zero")]
    [TestCase("9223372036854775807 + 1", "integer overflow")]
    [TestCase("[1][3]", "index out of bounds: 3")]
    [TestCase("{'a': 1}.b", "no such key: b")]
    [TestCase("self.x", "no such key: x")]
    [TestCase("1 + 'a'", "found no matching overload for '_+_' applied to '(int, string)'")]
    [TestCase("[1, 2, 3].all(a, [1, 2, 3].all(b, self.list.all(c, self.list.all(d, self.list.all(e, c + d + e > 0)))))", "operation cancelled: actual cost limit exceeded")]
    public void Fails(string expression, string why) =>
        Assert.That(Run(expression, """{"list":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}"""), Is.EqualTo(new CelError(why)));

    [TestCase("self.", "ERROR: <input>:1:6: Syntax error: no viable alternative at input '.'\n | self.\n | .....^")]
    [TestCase("foo > 1", "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo > 1\n | ^")]
    [TestCase("self.nope()", "ERROR: <input>:1:5: undeclared reference to 'nope' (in container '')\n | self.nope()\n | ....^")]
    [TestCase("1 +", null)]
    [TestCase("((((", null)]
    [TestCase("'open", null)]
    public void Does_not_compile(string expression, string? fault)
    {
        var (program, actual) = CelProgram.Compile(expression, new Dictionary<string, Schema?> { ["self"] = null });
        Assert.That(program, Is.Null);
        if (fault is null) Assert.That(actual, Does.StartWith("ERROR: <input>:1:"));
        else Assert.That(actual, Is.EqualTo(fault));
    }

    /// <summary>Whatever is written, the parser answers: it neither throws nor hangs.</summary>
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool Any_text_is_answered(string? text)
    {
        var (program, fault) = CelProgram.Compile(text ?? "", new Dictionary<string, Schema?> { ["self"] = null });
        return program is null != (fault is null);
    }
}
