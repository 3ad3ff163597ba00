namespace MiniKube.Machinery.Cel;

/// <summary>
/// Tokens to a tree, by the grammar of the language. Macros are recognized here, because their arguments are not
/// expressions like others: they name variables.
/// </summary>
internal sealed class CelParser
{
    private const int DeepestNesting = 250;

    private static readonly string[][] Levels =
        [["||"], ["&&"], ["==", "!=", "<=", ">=", "<", ">", "in"], ["+", "-"], ["*", "/", "%"]];

    private static readonly string[] Loops = ["all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap"];

    private readonly List<Token> tokens;
    private int position;
    private int depth;

    private CelParser(List<Token> tokens) => this.tokens = tokens;

    private (string Why, int At)? fault;

    public static (CelNode? Tree, string? Fault, int At) Parse(string text)
    {
        var lexer = new CelLexer(text);
        var tokens = lexer.All();
        if (lexer.Fault is not null) return (null, $"Syntax error: {lexer.Fault}", lexer.FaultAt);
        var parser = new CelParser(tokens);
        var tree = parser.Expression();
        if (parser.fault is null && parser.Here.Kind != TokenKind.End) parser.Fail($"mismatched input '{parser.Here.Text}' expecting <EOF>");
        return parser.fault is { } f ? (null, $"Syntax error: {f.Why}", f.At) : (tree, null, 0);
    }

    private Token Here => tokens[position];

    private static readonly CelNode Broken = new CelNode.Literal(null, 0);

    private CelNode Fail(string why)
    {
        fault ??= (why, Here.At);
        position = tokens.Count - 1;
        return Broken;
    }

    private bool Is(string sign) => Here.Kind == TokenKind.Sign && Here.Text == sign;

    private bool Take(string sign)
    {
        if (!Is(sign)) return false;
        position++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!Take(sign)) Fail(Here.Kind == TokenKind.End ? $"mismatched input '<EOF>' expecting '{sign}'" : $"mismatched input '{Here.Text}' expecting '{sign}'");
    }

    private CelNode Expression()
    {
        if (++depth > DeepestNesting) return Fail("expression recursion limit exceeded: 250");
        var condition = Binary(0);
        if (Is("?"))
        {
            var at = Here.At;
            position++;
            var yes = Binary(0);
            Expect(":");
            var no = Expression();
            condition = new CelNode.Call(null, "?:", [condition, yes, no], at);
        }
        depth--;
        return condition;
    }

    private CelNode Binary(int level)
    {
        if (level == Levels.Length) return Unary();
        var left = Binary(level + 1);
        while (Operator(level) is { } sign)
        {
            var at = Here.At;
            position++;
            left = new CelNode.Call(null, sign, [left, Binary(level + 1)], at);
        }
        return left;
    }

    private string? Operator(int level)
    {
        var here = Here;
        if (here.Kind == TokenKind.Name && here.Text == "in" && level == 2) return "in";
        return here.Kind == TokenKind.Sign && Levels[level].Contains(here.Text) ? here.Text : null;
    }

    private CelNode Unary()
    {
        var at = Here.At;
        if (++depth > DeepestNesting) return Fail("expression recursion limit exceeded: 250");
        CelNode node;
        if (Take("!")) node = new CelNode.Call(null, "!", [Unary()], at);
        else if (Take("-"))
        {
            node = Here is { Kind: TokenKind.Value, Value: long number } ? NegativeLiteral(number, at) : new CelNode.Call(null, "-_", [Unary()], at);
        }
        else
        {
            node = Member(Primary());
        }
        depth--;
        return node;
    }

    private CelNode NegativeLiteral(long number, int at)
    {
        position++;
        return Member(new CelNode.Literal(number == long.MinValue ? number : -number, at));
    }

    private CelNode Member(CelNode target)
    {
        while (fault is null)
        {
            var at = Here.At;
            if (Take("."))
            {
                var optional = Take("?");
                if (Here.Kind != TokenKind.Name) return Fail(Here.Kind == TokenKind.End ? "no viable alternative at input '.'" : $"mismatched input '{Here.Text}' expecting IDENTIFIER");
                var name = Here.Text;
                position++;
                target = !optional && Take("(") ? Method(target, name, at) : new CelNode.Select(target, name, false, optional, at);
            }
            else if (Take("["))
            {
                var optional = Take("?");
                var key = Expression();
                Expect("]");
                target = new CelNode.Index(target, key, optional, at);
            }
            else if (TypeName(target) is { } type && Take("{"))
            {
                target = new CelNode.Make(type, MembersOf(at), at);
            }
            else
            {
                break;
            }
        }
        return target;
    }

    private static string? TypeName(CelNode node) => node switch
    {
        CelNode.Name name => name.Text,
        CelNode.Select { Test: false, Optional: false } select when TypeName(select.Target) is { } outer => $"{outer}.{select.Field}",
        _ => null,
    };

    private CelNode.Map MembersOf(int at)
    {
        var members = new List<(CelNode, CelNode, bool)>();
        while (!Is("}") && fault is null)
        {
            var optional = Take("?");
            var name = Here;
            if (name.Kind != TokenKind.Name)
            {
                Fail($"mismatched input '{name.Text}' expecting IDENTIFIER");
                break;
            }
            position++;
            Expect(":");
            members.Add((new CelNode.Literal(CelNames.Plain(name.Text), name.At), Expression(), optional));
            if (!Take(",")) break;
        }
        Expect("}");
        return new CelNode.Map(members, at);
    }

    private CelNode Primary()
    {
        var token = Here;
        switch (token.Kind)
        {
            case TokenKind.Value:
                position++;
                return new CelNode.Literal(token.Value, token.At);
            case TokenKind.Name:
                position++;
                return Take("(") ? Function(token) : new CelNode.Name(token.Text, token.At);
            case TokenKind.Sign when Take("("):
                var inner = Expression();
                Expect(")");
                return inner;
            case TokenKind.Sign when Take("["):
                return ListOf(token.At);
            case TokenKind.Sign when Take("{"):
                return MapOf(token.At);
            case TokenKind.Sign when Take("."):
                return Primary();
            default:
                return Fail(token.Kind == TokenKind.End ? "mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
                    : $"extraneous input '{token.Text}' expecting {{'[', '{{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}}");
        }
    }

    private CelNode.List ListOf(int at)
    {
        var items = new List<(CelNode, bool)>();
        while (!Is("]") && fault is null)
        {
            var optional = Take("?");
            items.Add((Expression(), optional));
            if (!Take(",")) break;
        }
        Expect("]");
        return new CelNode.List(items, at);
    }

    private CelNode.Map MapOf(int at)
    {
        var entries = new List<(CelNode, CelNode, bool)>();
        while (!Is("}") && fault is null)
        {
            var optional = Take("?");
            var key = Expression();
            Expect(":");
            entries.Add((key, Expression(), optional));
            if (!Take(",")) break;
        }
        Expect("}");
        return new CelNode.Map(entries, at);
    }

    private List<CelNode> Arguments()
    {
        var arguments = new List<CelNode>();
        while (!Is(")") && fault is null)
        {
            arguments.Add(Expression());
            if (!Take(",")) break;
        }
        Expect(")");
        return arguments;
    }

    private CelNode Function(Token name)
    {
        var arguments = Arguments();
        if (name.Text != "has" || fault is not null) return new CelNode.Call(null, name.Text, arguments, name.At);
        return arguments is [CelNode.Select select]
            ? select with { Test = true }
            : FailAt("invalid argument to has() macro", name.At);
    }

    private CelNode FailAt(string why, int at)
    {
        fault ??= (why, at);
        position = tokens.Count - 1;
        return Broken;
    }

    private CelNode Method(CelNode target, string name, int at)
    {
        var arguments = Arguments();
        if (target is CelNode.Name { Text: "cel" } && name == "bind" && arguments is [CelNode.Name bound, var value, var body])
            return new CelNode.Bind("bind", bound.Text, value, body, at);
        if (name is "optMap" or "optFlatMap" && arguments is [CelNode.Name variable, var then])
            return new CelNode.Bind(name, variable.Text, target, then, at);
        if (!Loops.Contains(name) || arguments.Count is < 2 or > 4) return new CelNode.Call(target, name, arguments, at);
        if (arguments[0] is not CelNode.Name first) return FailAt("argument must be a simple name", arguments[0].At);
        var second = (arguments.Count > 2 && name is not "map" || name.StartsWith("transform", StringComparison.Ordinal)) && arguments[1] is CelNode.Name n ? n.Text : null;
        var rest = arguments.Skip(second is null ? 1 : 2).ToArray();
        return rest.Length switch
        {
            1 => new CelNode.Loop(name, target, first.Text, second, null, rest[0], at),
            2 => new CelNode.Loop(name, target, first.Text, second, rest[0], rest[1], at),
            _ => FailAt($"wrong number of arguments to {name}() macro", at),
        };
    }
}
