namespace MiniKube.Machinery;

/// <summary>Recursive descent over the query form of label selectors, complaining in upstream's words.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private const string End = "";
    private static readonly string[] Symbols = ["==", "!=", "=", "!", "(", ")", ",", "<", ">"];

    private int at;
    private string token = End;
    private bool isWord;

    public Result<LabelSelector> Parse()
    {
        var all = new List<Requirement>();
        Next();
        while (true)
        {
            if (token == End && !isWord && all.Count == 0) break;
            if (!isWord && token != "!")
                return Bad(all.Count == 0 || token != End
                    ? $"found '{token}', expected: !, identifier, or 'end of string'"
                    : "found '', expected: identifier after ','");
            var (requirement, fault) = ParseRequirement();
            if (fault is not null) return Bad($"unable to parse requirement: {fault}");
            all.Add(requirement!);
            if (token == End && !isWord) break;
            if (token != "," || isWord) return Bad($"found '{token}', expected: ',' or 'end of string'");
            Next();
            if (!isWord && token != "!") return Bad($"found '{token}', expected: identifier after ','");
        }
        return new LabelSelector([.. all.OrderBy(r => r.Key, StringComparer.Ordinal)]);
    }

    private static ApiError Bad(string why) => ApiError.BadRequest(why);

    private (Requirement?, string?) ParseRequirement()
    {
        if (!isWord && token == "!")
        {
            Next();
            var absent = token;
            Next();
            return Checked(new(absent, LabelOperator.DoesNotExist, []));
        }
        var key = token;
        Next();
        if (!isWord && token is End or ",") return Checked(new(key, LabelOperator.Exists, []));
        switch (isWord ? token : $" {token}")
        {
            case "in" or "notin":
                var op = token == "in" ? LabelOperator.In : LabelOperator.NotIn;
                Next();
                if (isWord || token != "(") return (null, $"found '{token}' expected: '('");
                var (values, fault) = ParseSet();
                return fault is not null ? (null, fault) : Checked(new(key, op, values!));
            case " =" or " ==" or " !=" or " >" or " <":
                var symbol = token;
                Next();
                var value = "";
                if (isWord)
                {
                    value = token;
                    Next();
                }
                else if (token is not (End or ","))
                {
                    return (null, $"found '{token}', expected: identifier");
                }
                return Checked(new(key, symbol switch
                {
                    "!=" => LabelOperator.NotIn,
                    ">" => LabelOperator.Gt,
                    "<" => LabelOperator.Lt,
                    _ => LabelOperator.In,
                }, [value]));
            default:
                return (null, $"found '{token}', expected: in, notin, =, ==, !=, gt, lt");
        }
    }

    private (List<string>?, string?) ParseSet()
    {
        var values = new List<string>();
        Next();
        if (!isWord && token == ")")
        {
            Next();
            return ([""], null);
        }
        while (true)
        {
            if (isWord)
            {
                values.Add(token);
                Next();
                if (!isWord && token == ",")
                {
                    Next();
                    if (!isWord && token == ")") values.Add("");
                    else continue;
                }
            }
            else if (token == ",")
            {
                values.Add("");
                Next();
                if (!isWord && token == ")") values.Add("");
                else continue;
            }
            if (!isWord && token == ")")
            {
                Next();
                return (values, null);
            }
            return (null, $"found '{token}', expected: ',' or ')'");
        }
    }

    private static (Requirement?, string?) Checked(Requirement r)
    {
        foreach (var fault in LabelRules.Key(r.Key)) return (null, $"<nil>: Invalid value: \"{r.Key}\": {fault}");
        for (var i = 0; i < r.Values.Count; i++)
        {
            if (r.Operator is LabelOperator.Gt or LabelOperator.Lt && !long.TryParse(r.Values[i], out _))
                return (null, $"values[{i}]: Invalid value: \"{r.Values[i]}\": for 'Gt', 'Lt' operators, the value must be an integer");
            foreach (var fault in LabelRules.ValueFaults(r.Values[i]))
                return (null, $"values[{i}][{r.Key}]: Invalid value: \"{r.Values[i]}\": {fault}");
        }
        return (r, null);
    }

    private void Next()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        isWord = false;
        token = End;
        if (at >= text.Length) return;
        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) != 0) continue;
            token = symbol;
            at += symbol.Length;
            return;
        }
        var start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && !"=!(),<>".Contains(text[at])) at++;
        token = text[start..at];
        isWord = true;
    }
}
