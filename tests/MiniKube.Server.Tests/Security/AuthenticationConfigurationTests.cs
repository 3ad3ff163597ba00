using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>Issuers and anonymous access as a file tells them, and as it changes.</summary>
[TestFixture]
public sealed class AuthenticationConfigurationTests
{
    private const string OwnIssuer = "https://kubernetes.default.svc";

    private const string Good = """
        apiVersion: apiserver.config.k8s.io/v1
        kind: AuthenticationConfiguration
        jwt:
        - issuer:
            url: https://issuer.example.com
            discoveryURL: https://issuer.example.com
            certificateAuthority: ""
            audiences: [minik, other]
            audienceMatchPolicy: MatchAny
          claimValidationRules: []
          claimMappings:
            username: {claim: sub, prefix: "corp:"}
            groups: {claim: groups, prefix: "corp:"}
            uid: {claim: id}
            extra: []
          userValidationRules: []
        anonymous: {enabled: true}
        """;

    private static readonly RSA Key = RSA.Create(2048);

    // The good one but for its discovery, which would be the issuer's own address.
    private static string With(string begins, string line) =>
        string.Join('\n', Good.Split('\n').Select(l => l.StartsWith(begins, StringComparison.Ordinal) ? line : begins != "    url:" && l.StartsWith("    discoveryURL:", StringComparison.Ordinal) ? "    discoveryURL: \"\"" : l));

    [Test]
    public void What_is_wrong_with_it_is_told_as_upstream_tells_it()
    {
        var good = AuthenticationConfiguration.Read(With("none", ""), [OwnIssuer]);
        Assert.That(good.Error?.Message, Is.Null);
        var cases = 0;
        Assert.Multiple(() =>
        {
            foreach (var line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", "authentication", "refused.txt")).Where(l => l.Length > 0 && l[0] != '#'))
            {
                var parts = line.Split(" => ");
                var text = With(parts[0], parts[1]);
                Assert.That(text, Does.Contain(parts[1]), line);
                Assert.That(AuthenticationConfiguration.Read(text, [OwnIssuer]).Error?.Message, Does.Contain(parts[2]), line);
                cases++;
            }
        });
        Assert.That(cases, Is.GreaterThan(30));
    }

    [Test]
    public void What_is_missing_is_told_once()
    {
        Assert.That(AuthenticationConfiguration.Read("{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, jwt: [{}]}", []).Error?.Message,
            Is.EqualTo("jwt[0].issuer.url: Required value: URL is required; jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required; jwt[0].claimMappings.username: Required value: claim or expression is required"));
    }

    [Test]
    public void An_issuer_is_named_once()
    {
        const string issuer = "{issuer: {url: 'https://a.example.com', audiences: [a]}, claimMappings: {username: {claim: sub, prefix: ''}}}";
        Assert.That(AuthenticationConfiguration.Read($"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: [{issuer}, {issuer}]", []).Error?.Message, Is.EqualTo("jwt[1].issuer.url: Duplicate value: \"https://a.example.com\""));
    }

    private const string Claims = """
        {"sub":"jane","id":"u-7","email":"jane@example.com","email_verified":true,"groups":["dev","ops"],"team":"blue","roles":"admin, dev","level":3,"nested":{"name":"j","list":["x","y"]},"hd":"example.com","none":null}
        """;

    // MAPPINGS (and rules), what comes of the claims: NAME|GROUPS|UID|EXTRA, or why nothing does.
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}", "jane|||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: 'x:'}, groups: {claim: groups, prefix: 'g:'}, uid: {claim: id}}", "x:jane|g:dev,g:ops|u-7|")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {claim: team, prefix: ''}}", "jane|blue||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {claim: missing, prefix: ''}}", "jane|||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {claim: level, prefix: ''}}", "! the groups are neither a text nor a list of texts")]
    [TestCase("claimMappings: {username: {claim: level, prefix: ''}}", "! the username is empty or no text")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, uid: {claim: missing}}", "! the uid is no text")]
    [TestCase("claimMappings: {username: {expression: 'claims.nested.name + \":\" + claims.sub'}}", "j:jane|||")]
    [TestCase("claimMappings: {username: {expression: 'claims.?missing.orValue(\"nobody\")'}}", "nobody|||")]
    [TestCase("claimMappings: {username: {expression: 'claims.missing'}}", "! the username is empty or no text")]
    [TestCase("claimMappings: {username: {expression: 'claims.level'}}", "! the username is empty or no text")]
    [TestCase("claimMappings: {username: {expression: 'claims.email_verified ? claims.email : \"\"'}}", "jane@example.com|||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {expression: 'claims.roles.split(\", \")'}}", "jane|admin,dev||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {expression: 'claims.groups.filter(g, g != \"ops\").map(g, \"t:\" + g)'}}", "jane|t:dev||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {expression: '\"\"'}, uid: {expression: 'claims.id'}}", "jane||u-7|")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {expression: 'claims.level'}}", "! the groups are neither a text nor a list of texts")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, extra: [{key: a.com/team, valueExpression: claims.team}, {key: a.com/l, valueExpression: claims.nested.list}, {key: a.com/e, valueExpression: '[]'}]}", "jane|||a.com/l=x+y,a.com/team=blue")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, extra: [{key: a.com/team, valueExpression: claims.level}]}", "! extra a.com/team is neither a text nor a list of texts")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{claim: hd, requiredValue: example.com}]", "jane|||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{claim: hd, requiredValue: other.com}]", "! claim \"hd\" is not \"other.com\"")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{claim: missing, requiredValue: ''}]", "! claim \"missing\" is not \"\"")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{expression: 'claims.level > 2', message: low}]", "jane|||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{expression: 'claims.level > 3', message: low}]", "! validation expression 'claims.level > 3' failed: low")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{expression: 'claims.level'}]", "! validation expression 'claims.level' failed: it is not true")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, claimValidationRules: [{expression: 'claims.absent == 1'}]", "! validation expression 'claims.absent == 1' failed: no such key: absent")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}}, userValidationRules: [{expression: '!user.username.startsWith(\"system:\")', message: reserved}]", "jane|||")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: 'system:'}}, userValidationRules: [{expression: '!user.username.startsWith(\"system:\")', message: reserved}]", "! validation expression '!user.username.startsWith(\"system:\")' failed: reserved")]
    [TestCase("claimMappings: {username: {claim: sub, prefix: ''}, groups: {claim: groups, prefix: ''}}, userValidationRules: [{expression: 'user.groups.all(g, g != \"ops\")', message: not for them}]", "! validation expression 'user.groups.all(g, g != \"ops\")' failed: not for them")]
    public void A_user_is_made_of_the_claims(string told, string outcome)
    {
        var read = AuthenticationConfiguration.Read($"{{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, jwt: [{{issuer: {{url: 'https://a.example.com', audiences: [a]}}, {told}}}]}}", []);
        Assert.That(read.Error?.Message, Is.Null);
        var who = read.Value.Issuers.Single().Who(JsonReader.ParseMap(Claims));
        if (outcome.StartsWith("! ", StringComparison.Ordinal))
        {
            Assert.That(who.Error?.Message, Is.EqualTo(outcome[2..]));
            return;
        }
        Assert.That(who.Error?.Message, Is.Null);
        var user = who.Value;
        Assert.That($"{user.Name}|{string.Join(",", user.Groups)}|{user.Uid}|{string.Join(",", user.Extra.Select(e => $"{e.Key}={string.Join("+", e.Value)}").Order(StringComparer.Ordinal))}", Is.EqualTo(outcome));
    }

    [TestCase(true, "jane@example.com")]
    [TestCase(false, null)]
    public void An_email_that_is_not_verified_is_no_name(bool verified, string? name)
    {
        var read = AuthenticationConfiguration.Read("{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, jwt: [{issuer: {url: 'https://a.example.com', audiences: [a]}, claimMappings: {username: {claim: email, prefix: ''}}}]}", []).Value;
        var who = read.Issuers.Single().Who(new JsonMap { { "email", "jane@example.com" }, { "email_verified", verified } });
        Assert.That(who.Ok ? who.Value.Name : null, Is.EqualTo(name));
    }

    [Test]
    public async Task Tokens_count_as_the_file_says_and_as_it_says_from_then_on()
    {
        var clock = new SetClock();
        await using var issuer = await TestIssuer.Start();
        issuer.Add("one", Key);
        var directory = Directory.CreateTempSubdirectory("minik-test-").FullName;
        try
        {
            var path = Path.Combine(directory, "authentication.yaml");
            var authority = new JsonText(await File.ReadAllTextAsync(issuer.CaFile)).ToString();
            string Told(string prefix, string anonymous) => """
                {"apiVersion":"apiserver.config.k8s.io/v1","kind":"AuthenticationConfiguration","anonymous":ANONYMOUS,
                 "jwt":[{"issuer":{"url":"https://elsewhere.example.com","audiences":["minik"]},"claimMappings":{"username":{"claim":"sub","prefix":""}}},
                        {"issuer":{"url":"ISSUER","discoveryURL":"ISSUER/elsewhere","certificateAuthority":AUTHORITY,"audiences":["minik","two"],"audienceMatchPolicy":"MatchAny"},
                         "claimMappings":{"username":{"expression":"'PREFIX' + claims.sub"},"groups":{"claim":"groups","prefix":"g:"}}}]}
                """.Replace("ANONYMOUS", anonymous).Replace("ISSUER", issuer.Url).Replace("AUTHORITY", authority).Replace("PREFIX", prefix);
            await File.WriteAllTextAsync(path, Told("a:", """{"enabled":true,"conditions":[{"path":"/healthz"},{"path":"/livez"}]}"""));
            var opened = AuthenticationFile.Open(path, [OwnIssuer], clock, new Quiet());
            Assert.That(opened.Error?.Message, Is.Null);
            using var file = opened.Value;
            await using var server = await TestServer.Start(clock, authentication: file);

            async Task<string> Asked(string target, JsonMap? claims, string algorithm = "RS256")
            {
                var http = new DefaultHttpContext();
                (http.Request.Method, http.Request.Path) = ("GET", target);
                if (claims is not null) http.Request.Headers.Authorization = "Bearer " + TestIssuer.Token(Key, algorithm, "one", claims);
                using var answer = new MemoryStream();
                http.Response.Body = answer;
                await server.Assembly.Front.Serve(http);
                return http.Response.StatusCode + " " + (http.Response.StatusCode == 403 ? JsonReader.ReadMap(answer.ToArray()).Text("message")!.Split('"')[1] : "");
            }
            JsonMap Claims(string audience) => new() { { "iss", issuer.Url }, { "aud", audience }, { "sub", "jane" }, { "exp", clock.Now.ToUnixTimeSeconds() + 600 }, { "groups", "dev" } };

            Assert.Multiple(async () =>
            {
                Assert.That(await Asked("/api/v1/nodes", Claims("minik")), Is.EqualTo("403 a:jane"));
                Assert.That(await Asked("/api/v1/nodes", Claims("two"), "PS256"), Is.EqualTo("403 a:jane"));
                Assert.That(await Asked("/api/v1/nodes", Claims("three")), Is.EqualTo("401 "));
                Assert.That(await Asked("/healthz", null), Is.EqualTo("200 "));
                Assert.That(await Asked("/livez", null), Is.EqualTo("200 "));
                foreach (var other in new[] { "/readyz", "/healthz/", "/healthz/ping", "//healthz", "/HEALTHZ", "/version", "/api/v1/nodes", "/" })
                    Assert.That(await Asked(other, null), Is.EqualTo("401 "), other);
            });

            await File.WriteAllTextAsync(path, "kind: nonsense");
            file.Refresh();
            Assert.That(await Asked("/api/v1/nodes", Claims("minik")), Is.EqualTo("403 a:jane"), "what makes no sense changes nothing");
            await File.WriteAllTextAsync(path, Told("b:", """{"enabled":false}"""));
            file.Refresh();
            Assert.That(await Asked("/api/v1/nodes", Claims("minik")), Is.EqualTo("403 b:jane"));
            Assert.That(await Asked("/healthz", null), Is.EqualTo("401 "));
            await File.WriteAllTextAsync(path, "{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration}");
            file.Refresh();
            Assert.That(await Asked("/api/v1/nodes", Claims("minik")), Is.EqualTo("401 "), "an issuer that is gone vouches for nobody");
            Assert.That(await Asked("/healthz", null), Is.EqualTo("200 "));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private sealed class Quiet : ILog
    {
        public void Info(string message) { }
        public void Warn(string message) => TestContext.Out.WriteLine(message);
        public void Error(string message) => TestContext.Out.WriteLine(message);
    }
}
