using System.Globalization;
using System.Text;

namespace MiniKube.Machinery.Cel;

internal enum TokenKind
{
    End,
    Name,
    Value,
    Sign,
}

internal readonly record struct Token(TokenKind Kind, string Text, object? Value, int At);

/// <summary>Text to tokens; the first thing that is none ends it with a complaint.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Signs =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"];

    public string? Fault { get; private set; }
    public int FaultAt { get; private set; }

    public List<Token> All()
    {
        var tokens = new List<Token>();
        var at = 0;
        while (Fault is null)
        {
            while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '/' && at + 1 < text.Length && text[at + 1] == '/'))
            {
                if (text[at] == '/') while (at < text.Length && text[at] != '\n') at++;
                else at++;
            }
            if (at >= text.Length) break;
            tokens.Add(Next(ref at));
        }
        tokens.Add(new Token(TokenKind.End, "", null, text.Length));
        return tokens;
    }

    private Token Next(ref int at)
    {
        var start = at;
        if (StringStart(at) is { } opening) return ReadString(opening, ref at);
        var c = text[at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
            var word = text[start..at];
            return word switch
            {
                "true" => new Token(TokenKind.Value, word, true, start),
                "false" => new Token(TokenKind.Value, word, false, start),
                "null" => new Token(TokenKind.Value, word, null, start),
                _ => new Token(TokenKind.Name, word, null, start),
            };
        }
        if (char.IsAsciiDigit(c) || c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])) return Number(ref at);
        if (c == '`')
        {
            var end = text.IndexOf('`', at + 1);
            if (end < 0) return Fail("token recognition error at: '`'", start);
            at = end + 1;
            return new Token(TokenKind.Name, text[(start + 1)..end], null, start);
        }
        foreach (var sign in Signs)
        {
            if (!text.AsSpan(at).StartsWith(sign, StringComparison.Ordinal)) continue;
            at += sign.Length;
            return new Token(TokenKind.Sign, sign, null, start);
        }
        at++;
        return Fail($"token recognition error at: '{c}'", start);
    }

    private Token Number(ref int at)
    {
        var start = at;
        if (text[at] == '0' && at + 1 < text.Length && text[at + 1] is 'x' or 'X')
        {
            at += 2;
            while (at < text.Length && char.IsAsciiHexDigit(text[at])) at++;
            var hex = text[(start + 2)..at];
            if (at < text.Length && text[at] is 'u' or 'U')
            {
                at++;
                return ulong.TryParse(hex, NumberStyles.HexNumber, null, out var big) ? new(TokenKind.Value, hex, big, start) : Fail("invalid uint literal", start);
            }
            return long.TryParse(hex, NumberStyles.HexNumber, null, out var number) ? new(TokenKind.Value, hex, number, start) : Fail("invalid int literal", start);
        }
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        var real = false;
        if (at + 1 < text.Length && text[at] == '.' && char.IsAsciiDigit(text[at + 1]))
        {
            real = true;
            for (at++; at < text.Length && char.IsAsciiDigit(text[at]);) at++;
        }
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            var mark = at++;
            if (at < text.Length && text[at] is '+' or '-') at++;
            if (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                real = true;
                while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            }
            else
            {
                at = mark;
            }
        }
        var digits = text[start..at];
        if (real) return new(TokenKind.Value, digits, double.Parse(digits, CultureInfo.InvariantCulture), start);
        if (at < text.Length && text[at] is 'u' or 'U')
        {
            at++;
            return ulong.TryParse(digits, out var unsigned) ? new(TokenKind.Value, digits, unsigned, start) : Fail("invalid uint literal", start);
        }
        if (digits == "9223372036854775808") return new(TokenKind.Value, digits, long.MinValue, start);
        return long.TryParse(digits, out var whole) ? new(TokenKind.Value, digits, whole, start) : Fail("invalid int literal", start);
    }

    private readonly record struct Opening(bool Raw, bool Bytes, string Quote, int Length);

    private Opening? StringStart(int at)
    {
        var (raw, bytes, i) = (false, false, at);
        while (i < text.Length && i - at < 2 && text[i] is 'r' or 'R' or 'b' or 'B')
        {
            if (text[i] is 'r' or 'R') raw = true;
            else bytes = true;
            i++;
        }
        if (i >= text.Length || text[i] is not ('"' or '\'')) return null;
        var quote = text.AsSpan(i).StartsWith("\"\"\"") || text.AsSpan(i).StartsWith("'''") ? text[i..(i + 3)] : text[i..(i + 1)];
        return new Opening(raw, bytes, quote, i - at + quote.Length);
    }

    private Token ReadString(Opening opening, ref int at)
    {
        var start = at;
        at += opening.Length;
        var content = new StringBuilder();
        while (true)
        {
            if (at >= text.Length || opening.Quote.Length == 1 && text[at] == '\n') return Fail($"token recognition error at: '{text[start..Math.Min(at, text.Length)]}'", start);
            if (text.AsSpan(at).StartsWith(opening.Quote, StringComparison.Ordinal))
            {
                at += opening.Quote.Length;
                break;
            }
            if (text[at] == '\\' && !opening.Raw)
            {
                if (!Escape(content, ref at)) return Fail("invalid escape sequence", start);
                continue;
            }
            content.Append(text[at++]);
        }
        var value = content.ToString();
        return new Token(TokenKind.Value, value, opening.Bytes ? Encoding.UTF8.GetBytes(value) : value, start);
    }

    private bool Escape(StringBuilder content, ref int at)
    {
        if (++at >= text.Length) return false;
        var c = text[at++];
        switch (c)
        {
            case 'n': content.Append('\n'); return true;
            case 't': content.Append('\t'); return true;
            case 'r': content.Append('\r'); return true;
            case 'a': content.Append('\a'); return true;
            case 'b': content.Append('\b'); return true;
            case 'f': content.Append('\f'); return true;
            case 'v': content.Append('\v'); return true;
            case '\\' or '"' or '\'' or '`' or '?': content.Append(c); return true;
            case 'x' or 'X': return Code(content, ref at, 2, 16);
            case 'u': return Code(content, ref at, 4, 16);
            case 'U': return Code(content, ref at, 8, 16);
            case >= '0' and <= '3':
                at--;
                return Code(content, ref at, 3, 8);
            default: return false;
        }
    }

    private bool Code(StringBuilder content, ref int at, int digits, int radix)
    {
        if (at + digits > text.Length) return false;
        try
        {
            content.Append(char.ConvertFromUtf32(Convert.ToInt32(text.Substring(at, digits), radix)));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            return false;
        }
        at += digits;
        return true;
    }

    private Token Fail(string why, int at)
    {
        Fault ??= why;
        FaultAt = at;
        return new Token(TokenKind.End, "", null, at);
    }
}
