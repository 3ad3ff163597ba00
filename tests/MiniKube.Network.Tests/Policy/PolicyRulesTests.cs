using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Network.Policy;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Tests.Policy;

[TestFixture]
public sealed class PolicyRulesTests
{
    [TestCaseSource(typeof(PolicyCase), nameof(PolicyCase.All))]
    public void Rules_let_pass_what_the_case_says(PolicyCase one)
    {
        var rules = one.Rules;
        foreach (var c in one.Connections)
            Assert.That(rules.Passes(PolicyCase.Address(c.From), PolicyCase.Address(c.To), c.Protocol, c.Port), Is.EqualTo(c.Passes), c.ToString());
    }

    [Test]
    public void Pods_of_other_nodes_are_named_but_not_guarded()
    {
        var deny = PolicyCase.All().Single(c => c.Name == "pods-of-the-own-namespace");
        PolicyPod[] pods = [.. PolicyCase.Pods.Select(p => p with { Local = p.Name == "web" }), .. PolicyCase.Pods.Where(p => p.Name == "web").Select(p => p with { Name = "far", Address = "10.42.1.2", Local = false })];
        var rules = PolicyRules.For(new(deny.Policies, pods, PolicyCase.Namespaces));
        Assert.That(rules.Pods.Keys, Is.EqualTo((string[])["10.42.0.2"]));
        Assert.That(rules.Groups.Values.Single().Members, Is.EqualTo((string[])["10.42.0.3"]));
    }

    [TestCase("{spec: {nodeName: node}, status: {podIP: 10.42.0.7}}", null, ExpectedResult = "10.42.0.7 here")]
    [TestCase("{spec: {nodeName: node}, status: {podIP: 10.42.0.7, phase: Running}}", "10.42.0.9", ExpectedResult = "10.42.0.9 here", TestName = "A sandbox made again has another address than the status tells")]
    [TestCase("{spec: {nodeName: other}, status: {podIP: 10.42.1.7, phase: Running}}", null, ExpectedResult = "10.42.1.7 ")]
    [TestCase("{spec: {nodeName: node}, status: {phase: Pending}}", "10.42.0.9", ExpectedResult = "10.42.0.9 here")]
    [TestCase("{spec: {nodeName: node, hostNetwork: true}, status: {podIP: 192.0.2.2}}", null, ExpectedResult = null)]
    [TestCase("{spec: {nodeName: node}, status: {podIP: 10.42.0.7, phase: Succeeded}}", "10.42.0.9", ExpectedResult = null)]
    [TestCase("{spec: {nodeName: node}, status: {podIP: 'fd00::7'}}", null, ExpectedResult = null)]
    public string? Pods_have_the_address_they_answer_at(string yaml, string? assigned)
    {
        var tree = (Machinery.JsonMap)Machinery.YamlReader.Read(yaml);
        tree.Set("metadata", (Machinery.JsonMap)Machinery.YamlReader.Read("{name: p, namespace: a}"));
        var pod = PolicyPod.Of(Resources.Of<Pod>().Item(Machinery.JsonWriter.ToUtf8(tree)), "node", assigned);
        return pod is null ? null : $"{pod.Address} {(pod.Local ? "here" : "")}";
    }

    /// <summary>However the rules came to be what they are, the kernel is told the same.</summary>
    [Test]
    public void Steps_lead_where_a_single_one_leads([Values("nft", "iptables")] string mode)
    {
        IPolicyWriting writing = mode == "nft" ? new NftPolicyRules() : new IptablesPolicyRules();
        var stepwise = new Tally();
        var before = PolicyRules.None;
        foreach (var one in PolicyCase.All().Concat(PolicyCase.All().Reverse()))
        {
            stepwise.Take(PolicyChanges.Between(before, one.Rules, writing));
            before = one.Rules;
            var direct = new Tally();
            direct.Take(PolicyChanges.Between(PolicyRules.None, one.Rules, writing));
            Assert.That(stepwise.Elements, Is.EquivalentTo(direct.Elements), one.Name);
            Assert.That(stepwise.Chains.Select(Text), Is.EquivalentTo(direct.Chains.Select(Text)), one.Name);
        }
        Assert.That(stepwise.Take(PolicyChanges.Between(before, before, writing)).IsEmpty);

        static string Text(Chain chain) => $"{chain.Name} {chain.SetType}\n{string.Join('\n', chain.Lines)}";
    }
}
