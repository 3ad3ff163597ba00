using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>`minik token`: the tokens with which nodes join, kept as Secrets of kube-system.</summary>
internal static partial class TokenCommand
{
    private const string Secrets = "/api/v1/namespaces/kube-system/secrets";
    private const string Type = "bootstrap.kubernetes.io/token";
    private const string Prefix = "bootstrap-token-";
    private const string DefaultGroup = "system:bootstrappers:minik:default-node-token";
    private static readonly string[] Usages = ["signing", "authentication"];

    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        (data.Recursive, server.Recursive) = (true, true);

        var token = new Argument<string?>("TOKEN") { Description = "The token to create, such as abcdef.0123456789abcdef (default: a random one)", Arity = ArgumentArity.ZeroOrOne };
        token.Validators.Add(given => Check(given, Token().IsMatch, "must be six and sixteen lower case letters or digits, with a dot between"));
        var ttl = new Option<string>("--ttl") { Description = "How long it is good for; 0 for ever", HelpName = "DURATION", DefaultValueFactory = _ => "24h" };
        ttl.Validators.Add(given => Check(given, t => Durations.Parse(t) is not null, "must be a duration such as 90s, 30m or 24h, or 0"));
        var description = new Option<string?>("--description") { Description = "What it is for", HelpName = "TEXT" };
        var usages = new Option<string[]>("--usages") { Description = "What it may be used for: signing, authentication [default: both]", HelpName = "USE,USE" };
        usages.Validators.Add(given => Check(given, u => Usages.Contains(u), $"must be one of {string.Join(", ", Usages)}"));
        var groups = new Option<string[]>("--groups") { Description = $"Groups of whoever shows it [default: {DefaultGroup}]", HelpName = "GROUP,GROUP" };
        groups.Validators.Add(given => Check(given, Group().IsMatch, "must start with system:bootstrappers: and go on with lower case letters, digits, ':' or '-'"));
        var join = new Option<bool>("--print-join-command") { Description = "Print the whole command with which a machine joins" };
        var create = new Command("create", "Create a token and print it") { token, ttl, description, usages, groups, join };
        create.SetAction(async (parsed, cancel) =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null) return 1;
            var made = parsed.GetValue(token) ?? $"{Letters(6)}.{Letters(16)}";
            var life = Durations.Parse(parsed.GetValue(ttl)!)!.Value;
            var secret = Secret(made, life > TimeSpan.Zero ? TimeProvider.System.GetUtcNow() + life : null, parsed.GetValue(description), Parts(parsed.GetValue(usages)) is { Count: > 0 } uses ? uses : Usages,
                Parts(parsed.GetValue(groups)) is { Count: > 0 } some ? some : [DefaultGroup]);
            if (await client.Ask(HttpMethod.Post, Secrets, secret, error, cancel) is null) return 1;
            if (!parsed.GetValue(join))
            {
                output.WriteLine(made);
                return 0;
            }
            if (await client.Ask(HttpMethod.Get, "/api/v1/namespaces/kube-public/configmaps/cluster-info", null, error, cancel) is not { } info) return 1;
            // The address by which this command found the server is often one that leads nowhere from elsewhere.
            var address = AuthorityProof.ServerOf(info) ?? client.Server;
            output.WriteLine($"minik agent --join {address} --token {new JoinSecret(made, JoinSecret.HashOf(client.Pki.Authority))}");
            return 0;
        });

        var json = new Option<string>("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        var list = new Command("list", "Show the tokens there are") { json };
        list.Aliases.Add("ls");
        list.SetAction(async (parsed, cancel) =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null || await client.Ask(HttpMethod.Get, $"{Secrets}?fieldSelector=type%3D{Uri.EscapeDataString(Type)}", null, error, cancel) is not { } found) return 1;
            var rows = (found.List("items") ?? []).Maps().Select(Row).ToList();
            if (parsed.GetValue(json) == "json") output.WriteLine(JsonList.Of([.. rows.Select(r => new JsonMap { { "token", r[0] }, { "expires", r[1] }, { "usages", r[2] }, { "description", r[3] }, { "groups", r[4] } })]));
            else Table([["TOKEN", "EXPIRES", "USAGES", "DESCRIPTION", "GROUPS"], .. rows], output);
            return 0;
        });

        var id = new Argument<string[]>("ID") { Description = "Id of a token, or the whole token", Arity = ArgumentArity.OneOrMore };
        id.Validators.Add(given => Check(given, i => Id().IsMatch(i) || Token().IsMatch(i), "must be the six letters or digits of a token's id"));
        var delete = new Command("delete", "Delete tokens") { id };
        delete.Aliases.Add("rm");
        delete.SetAction(async (parsed, cancel) =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null) return 1;
            foreach (var each in parsed.GetValue(id)!)
            {
                if (await client.Ask(HttpMethod.Delete, $"{Secrets}/{Prefix}{each[..6]}", null, error, cancel) is null) return 1;
                output.WriteLine($"deleted {each[..6]}");
            }
            return 0;
        });
        return new Command("token", """
            Create, show and delete the tokens with which nodes join.

            Examples:
              minik token create --ttl 1h --description "the edge box"
              minik token list
              minik token delete abcdef
            """) { data, server, create, list, delete };
    }

    private static JsonMap Secret(string token, DateTimeOffset? expires, string? description, IReadOnlyList<string> usages, IReadOnlyList<string> groups)
    {
        var text = new JsonMap { { "token-id", token[..6] }, { "token-secret", token[7..] }, { "auth-extra-groups", string.Join(',', groups) } };
        foreach (var usage in usages) text.Add($"usage-bootstrap-{usage}", "true");
        if (expires is { } end) text.Add("expiration", end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (description is { Length: > 0 }) text.Add("description", description);
        return new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "Secret" }, { "type", Type }, { "stringData", text },
            { "metadata", new JsonMap { { "name", Prefix + token[..6] }, { "namespace", "kube-system" } } },
        };
    }

    private static string[] Row(JsonMap secret)
    {
        var data = secret.Map("data") ?? [];
        string Value(string key) => data.Text(key) is { } encoded ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)) : "";
        var uses = Usages.Where(u => Value($"usage-bootstrap-{u}") == "true");
        return [$"{Value("token-id")}.{Value("token-secret")}", Value("expiration") is { Length: > 0 } end ? end : "never", string.Join(",", uses), Value("description"), Value("auth-extra-groups")];
    }

    private static void Table(string[][] rows, TextWriter output)
    {
        var widths = Enumerable.Range(0, 4).Select(i => rows.Max(r => r[i].Length)).ToArray();
        foreach (var row in rows) output.WriteLine(string.Join("  ", row.Select((cell, i) => i < 4 ? cell.PadRight(widths[i]) : cell)).TrimEnd());
    }

    private static void Check(System.CommandLine.Parsing.SymbolResult given, Func<string, bool> good, string rule)
    {
        foreach (var word in given.Tokens.SelectMany(t => Parts([t.Value])))
            if (!good(word)) given.AddError($"{(given is System.CommandLine.Parsing.OptionResult option ? option.Option.Name + " " : "")}{word}: {rule}");
    }

    private static List<string> Parts(string[]? values) => [.. (values ?? []).SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static string Letters(int count) => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", count);

    [GeneratedRegex(@"\A[a-z0-9]{6}\.[a-z0-9]{16}\z")]
    private static partial Regex Token();

    [GeneratedRegex(@"\A[a-z0-9]{6}\z")]
    private static partial Regex Id();

    [GeneratedRegex(@"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z")]
    private static partial Regex Group();
}
