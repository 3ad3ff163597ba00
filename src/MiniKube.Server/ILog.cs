namespace MiniKube.Server;

/// <summary>Where lines for the operator go.</summary>
public interface ILog
{
    void Info(string message);
    void Warn(string message);
    void Error(string message);
}
