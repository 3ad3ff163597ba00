using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MiniKube.Machinery;

/// <summary>Tree to YAML, quoting what would otherwise be read back as something else.</summary>
public static class YamlWriter
{
    public static string Write(Json value)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue).WithMaxSimpleKeyLength(1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, true));
        Emit(emitter, value);
        emitter.Emit(new DocumentEnd(true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, Json value)
    {
        switch (value)
        {
            case JsonMap map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (key, member) in map)
                {
                    Text(emitter, key);
                    Emit(emitter, member);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonList list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, list.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in list) Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonText text:
                Text(emitter, text.Value);
                break;
            default:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.ToString(), ScalarStyle.Plain, true, false));
                break;
        }
    }

    private static void Text(Emitter emitter, string text)
    {
        var style = text.Contains('\n') ? ScalarStyle.Literal
            : text.Length == 0 || YamlReader.IsTypedPlain(text) ? ScalarStyle.DoubleQuoted
            : ScalarStyle.Any;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, true, true));
    }
}
